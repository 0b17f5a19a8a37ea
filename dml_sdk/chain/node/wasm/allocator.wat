;; The freeing-bump allocator, in the memory that the runtime shares.
;; Memory 0 is the runtime's. Memory 1 is out of its reach and holds the allocator's state:
;;   0   top of the heap that has been used so far
;;   4   what went wrong (0 nothing, see FAULTS in allocator.py)
;;   8   head of the free list of each order, 23 cells of 4 bytes; -1 ends a list
(module
  (memory $heap (export "memory") {limits})
  (memory $state (export "state") 1 1)

  (func $fault (param $code i32)
    (i32.store $state (i32.const 4) (local.get $code))
    unreachable)

  (func (export "reset") (param $heap_base i32) (local $cell i32)
    (i32.store $state (i32.const 0)
      (i32.and (i32.add (local.get $heap_base) (i32.const 7)) (i32.const -8)))
    (i32.store $state (i32.const 4) (i32.const 0))
    (local.set $cell (i32.const 8))
    (loop $next
      (i32.store $state (local.get $cell) (i32.const -1))
      (local.set $cell (i32.add (local.get $cell) (i32.const 4)))
      (br_if $next (i32.lt_u (local.get $cell) (i32.const 100)))))

  ;; Grow the heap so that it holds $end bytes: to twice its size, or to what is needed.
  (func $reserve (param $end i64) (local $have i32) (local $need i32) (local $want i32)
    (local.set $have (memory.size $heap))
    (if (i64.le_u (local.get $end) (i64.shl (i64.extend_i32_u (local.get $have)) (i64.const 16)))
      (then (return)))
    (if (i64.gt_u (local.get $end) (i64.const {most_bytes}))
      (then (call $fault (i32.const 1))))
    (local.set $need (i32.sub
      (i32.wrap_i64 (i64.shr_u (i64.add (local.get $end) (i64.const 65535)) (i64.const 16)))
      (local.get $have)))
    (local.set $want (select (local.get $have) (local.get $need)
      (i32.gt_u (local.get $have) (local.get $need))))
    (if (i32.gt_u (i32.add (local.get $have) (local.get $want)) (i32.const {most_pages}))
      (then (local.set $want (local.get $need))))
    (if (i32.eq (memory.grow $heap (local.get $want)) (i32.const -1))
      (then (call $fault (i32.const 1)))))

  (func (export "malloc") (param $size i32) (result i32)
    (local $order i32) (local $list i32) (local $header i32)
    (if (i32.gt_u (local.get $size) (i32.const 33554432))
      (then (call $fault (i32.const 2))))
    ;; order = log2 of the next power of two, 8 bytes being order 0
    (if (i32.gt_u (local.get $size) (i32.const 8))
      (then (local.set $order
        (i32.sub (i32.const 29) (i32.clz (i32.sub (local.get $size) (i32.const 1)))))))
    (local.set $list (i32.add (i32.const 8) (i32.shl (local.get $order) (i32.const 2))))
    (local.set $header (i32.load $state (local.get $list)))
    (if (i32.ne (local.get $header) (i32.const -1))
      (then
        ;; The guest can write over a header: check it before following its link.
        (call $within (local.get $header))
        (if (i32.load $heap offset=4 (local.get $header)) (then (call $fault (i32.const 3))))
        (i32.store $state (local.get $list) (i32.load $heap (local.get $header))))
      (else
        (local.set $header (i32.load $state (i32.const 0)))
        (call $reserve (i64.add
          (i64.extend_i32_u (i32.add (local.get $header) (i32.const 8)))
          (i64.shl (i64.const 8) (i64.extend_i32_u (local.get $order)))))
        (i32.store $state (i32.const 0) (i32.add
          (i32.add (local.get $header) (i32.const 8))
          (i32.shl (i32.const 8) (local.get $order))))))
    (i32.store $heap (local.get $header) (local.get $order))
    (i32.store $heap offset=4 (local.get $header) (i32.const 1))
    (i32.add (local.get $header) (i32.const 8)))

  (func $within (param $header i32)
    (if (i32.gt_u (local.get $header) (i32.sub (i32.load $state (i32.const 0)) (i32.const 16)))
      (then (call $fault (i32.const 3)))))

  (func (export "free") (param $pointer i32) (local $header i32) (local $order i32) (local $list i32)
    (if (i32.lt_u (local.get $pointer) (i32.const 8))
      (then (call $fault (i32.const 4))))
    (local.set $header (i32.sub (local.get $pointer) (i32.const 8)))
    (call $within (local.get $header))
    (if (i32.ne (i32.load $heap offset=4 (local.get $header)) (i32.const 1))
      (then (call $fault (i32.const 4))))
    (local.set $order (i32.load $heap (local.get $header)))
    (if (i32.gt_u (local.get $order) (i32.const 22))
      (then (call $fault (i32.const 3))))
    (local.set $list (i32.add (i32.const 8) (i32.shl (local.get $order) (i32.const 2))))
    (i32.store $heap (local.get $header) (i32.load $state (local.get $list)))
    (i32.store $heap offset=4 (local.get $header) (i32.const 0))
    (i32.store $state (local.get $list) (local.get $header))))
