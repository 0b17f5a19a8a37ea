;; Reading storage: what a runtime does most. The host finds the value; how it is handed over (an
;; encoded Option on the runtime's heap) is done here, in nanoseconds.
;; Memory 0 is the runtime's. Memory 1 is where the host puts a value that it found, when it has
;; room: 64 KiB. Spans are i64: a pointer in the low half, a length in the high half.
(module
  (import "env" "memory" (memory $heap 0))
  (import "env" "malloc" (func $malloc (param i32) (result i32)))
  ;; The length of the value at a key, or -1. Up to 65,536 bytes of it are then in memory 1.
  (import "env" "find" (func $find (param i64) (result i64)))
  ;; Put what was found at a pointer, without its first bytes: for values over 65,536 bytes.
  (import "env" "pour" (func $pour (param i32 i64)))
  (memory $found (export "found") 1 1)

  (func $hand_over (param $to i32) (param $offset i32) (param $count i32) (param $length i32)
    (if (i32.le_u (local.get $length) (i32.const 65536))
      (then (memory.copy $heap $found
        (local.get $to) (local.get $offset) (local.get $count)))
      (else (call $pour (local.get $to)
        (i64.or (i64.extend_i32_u (local.get $offset))
          (i64.shl (i64.extend_i32_u (local.get $count)) (i64.const 32)))))))

  ;; An encoded Option of $size bytes in all; its caller fills in what comes after the first byte.
  (func $option (param $some i32) (param $size i32) (result i64) (local $out i32)
    (local.set $out (call $malloc (local.get $size)))
    (i32.store8 $heap (local.get $out) (local.get $some))
    (i64.or (i64.extend_i32_u (local.get $out))
      (i64.shl (i64.extend_i32_u (local.get $size)) (i64.const 32))))

  (func (export "ext_storage_get_version_1") (param $key i64) (result i64)
    (local $found i64) (local $length i32) (local $mode i32) (local $span i64) (local $at i32)
    (local.set $found (call $find (local.get $key)))
    (if (i64.eq (local.get $found) (i64.const -1))
      (then (return (call $option (i32.const 0) (i32.const 1)))))
    (local.set $length (i32.wrap_i64 (local.get $found)))
    ;; The compact length before the bytes takes 1, 2 or 4 bytes; a longer value fits no heap.
    (local.set $mode (i32.add
      (i32.ge_u (local.get $length) (i32.const 64))
      (i32.ge_u (local.get $length) (i32.const 16384))))
    (local.set $span (call $option (i32.const 1)
      (i32.add (i32.add (i32.const 1) (i32.shl (i32.const 1) (local.get $mode)))
        (local.get $length))))
    (local.set $at (i32.add (i32.wrap_i64 (local.get $span)) (i32.const 1)))
    (local.set $found (i64.extend_i32_u
      (i32.or (i32.shl (local.get $length) (i32.const 2)) (local.get $mode))))
    (block $done
      (block $four (block $two (block $one
        (br_table $one $two $four (local.get $mode)))
        (i64.store8 $heap (local.get $at) (local.get $found)) (br $done))
        (i64.store16 $heap (local.get $at) (local.get $found)) (br $done))
      (i64.store32 $heap (local.get $at) (local.get $found)))
    (call $hand_over (i32.add (local.get $at) (i32.shl (i32.const 1) (local.get $mode)))
      (i32.const 0) (local.get $length) (local.get $length))
    (local.get $span))

  (func (export "ext_storage_read_version_1") (param $key i64) (param $out i64) (param $offset i32)
    (result i64)
    (local $found i64) (local $left i32) (local $room i32) (local $span i64)
    (local.set $found (call $find (local.get $key)))
    (if (i64.eq (local.get $found) (i64.const -1))
      (then (return (call $option (i32.const 0) (i32.const 1)))))
    (local.set $offset (select (local.get $offset) (i32.wrap_i64 (local.get $found))
      (i32.lt_u (local.get $offset) (i32.wrap_i64 (local.get $found)))))
    (local.set $left (i32.sub (i32.wrap_i64 (local.get $found)) (local.get $offset)))
    (local.set $room (i32.wrap_i64 (i64.shr_u (local.get $out) (i64.const 32))))
    (call $hand_over (i32.wrap_i64 (local.get $out)) (local.get $offset)
      (select (local.get $left) (local.get $room)
        (i32.lt_u (local.get $left) (local.get $room)))
      (i32.wrap_i64 (local.get $found)))
    (local.set $span (call $option (i32.const 1) (i32.const 5)))
    (i32.store $heap offset=1 (i32.wrap_i64 (local.get $span)) (local.get $left))
    (local.get $span)))
