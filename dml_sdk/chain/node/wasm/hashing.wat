;; The hash functions that a runtime asks for hundreds of times in a call, beside it in Wasm.
;; Memory 0 is the runtime's: data are read there, and hashes put on its heap. Memory 1 is out of
;; its reach:
;;     0   BLAKE2b: the chained state, 8 words of 64 bits
;;    64   the working vector, 16 words
;;   192   the block, 128 bytes
;;   320   the initialisation vector, 8 words
;;   384   the message schedule: for each of 10 rounds 16 offsets into the block, a byte each
;; Sources: RFC 7693 (BLAKE2b), the xxHash specification (XXH64). Spans are i64: a pointer in the
;; low half, a length in the high half.
(module
  (import "env" "memory" (memory $heap 0))
  (import "env" "malloc" (func $malloc (param i32) (result i32)))
  (memory $own 1 1)
  (data (memory $own) (i32.const 320)
    "\08\c9\bc\f3\67\e6\09\6a\3b\a7\ca\84\85\ae\67\bb"
    "\2b\f8\94\fe\72\f3\6e\3c\f1\36\1d\5f\3a\f5\4f\a5"
    "\d1\82\e6\ad\7f\52\0e\51\1f\6c\3e\2b\8c\68\05\9b"
    "\6b\bd\41\fb\ab\d9\83\1f\79\21\7e\13\19\cd\e0\5b")
  (data (memory $own) (i32.const 384)
    "\00\08\10\18\20\28\30\38\40\48\50\58\60\68\70\78"
    "\70\50\20\40\48\78\68\30\08\60\00\10\58\38\28\18"
    "\58\40\60\00\28\10\78\68\50\70\18\30\38\08\48\20"
    "\38\48\18\08\68\60\58\70\10\30\28\50\20\00\78\40"
    "\48\00\28\38\10\20\50\78\70\08\58\60\30\40\18\68"
    "\10\60\30\50\00\58\40\18\20\68\38\28\78\70\08\48"
    "\60\28\08\78\70\68\20\50\00\38\30\18\48\10\40\58"
    "\68\58\38\70\60\08\18\48\28\00\78\20\40\30\10\50"
    "\30\78\70\48\58\18\00\40\60\10\68\38\08\20\50\28"
    "\50\10\40\20\38\30\08\28\78\58\48\70\18\60\68\00")

  (global $prime1 i64 (i64.const 0x9e3779b185ebca87))
  (global $prime2 i64 (i64.const 0xc2b2ae3d27d4eb4f))
  (global $prime3 i64 (i64.const 0x165667b19e3779f9))
  (global $prime4 i64 (i64.const 0x85ebca77c2b2ae63))
  (global $prime5 i64 (i64.const 0x27d4eb2f165667c5))

  ;; --- XXH64 ---------------------------------------------------------------------------------

  (func $round (param $sum i64) (param $lane i64) (result i64)
    (i64.mul (global.get $prime1) (i64.rotl
      (i64.add (local.get $sum) (i64.mul (local.get $lane) (global.get $prime2)))
      (i64.const 31))))

  (func $merge (param $sum i64) (param $lane i64) (result i64)
    (i64.add (global.get $prime4) (i64.mul (global.get $prime1)
      (i64.xor (local.get $sum) (call $round (i64.const 0) (local.get $lane))))))

  (func $xxh64 (param $at i32) (param $length i32) (param $seed i64) (result i64)
    (local $end i32) (local $sum i64) (local $a i64) (local $b i64) (local $c i64) (local $d i64)
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (if (i32.ge_u (local.get $length) (i32.const 32))
      (then
        (local.set $a (i64.add (local.get $seed)
          (i64.add (global.get $prime1) (global.get $prime2))))
        (local.set $b (i64.add (local.get $seed) (global.get $prime2)))
        (local.set $c (local.get $seed))
        (local.set $d (i64.sub (local.get $seed) (global.get $prime1)))
        (loop $stripe
          (local.set $a (call $round (local.get $a) (i64.load $heap (local.get $at))))
          (local.set $b (call $round (local.get $b) (i64.load $heap offset=8 (local.get $at))))
          (local.set $c (call $round (local.get $c) (i64.load $heap offset=16 (local.get $at))))
          (local.set $d (call $round (local.get $d) (i64.load $heap offset=24 (local.get $at))))
          (local.set $at (i32.add (local.get $at) (i32.const 32)))
          (br_if $stripe (i32.ge_u (i32.sub (local.get $end) (local.get $at)) (i32.const 32))))
        (local.set $sum (i64.add
          (i64.add (i64.rotl (local.get $a) (i64.const 1)) (i64.rotl (local.get $b) (i64.const 7)))
          (i64.add (i64.rotl (local.get $c) (i64.const 12))
            (i64.rotl (local.get $d) (i64.const 18)))))
        (local.set $sum (call $merge (local.get $sum) (local.get $a)))
        (local.set $sum (call $merge (local.get $sum) (local.get $b)))
        (local.set $sum (call $merge (local.get $sum) (local.get $c)))
        (local.set $sum (call $merge (local.get $sum) (local.get $d))))
      (else (local.set $sum (i64.add (local.get $seed) (global.get $prime5)))))
    (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $length))))
    (block $no_eight (loop $eight
      (br_if $no_eight (i32.lt_u (i32.sub (local.get $end) (local.get $at)) (i32.const 8)))
      (local.set $sum (i64.add (global.get $prime4) (i64.mul (global.get $prime1) (i64.rotl
        (i64.xor (local.get $sum) (call $round (i64.const 0) (i64.load $heap (local.get $at))))
        (i64.const 27)))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br $eight)))
    (if (i32.ge_u (i32.sub (local.get $end) (local.get $at)) (i32.const 4))
      (then
        (local.set $sum (i64.add (global.get $prime3) (i64.mul (global.get $prime2) (i64.rotl
          (i64.xor (local.get $sum)
            (i64.mul (i64.load32_u $heap (local.get $at)) (global.get $prime1)))
          (i64.const 23)))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))))
    (block $no_byte (loop $byte
      (br_if $no_byte (i32.eq (local.get $at) (local.get $end)))
      (local.set $sum (i64.mul (global.get $prime1) (i64.rotl
        (i64.xor (local.get $sum)
          (i64.mul (i64.load8_u $heap (local.get $at)) (global.get $prime5)))
        (i64.const 11))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $byte)))
    (local.set $sum (i64.mul (global.get $prime2)
      (i64.xor (local.get $sum) (i64.shr_u (local.get $sum) (i64.const 33)))))
    (local.set $sum (i64.mul (global.get $prime3)
      (i64.xor (local.get $sum) (i64.shr_u (local.get $sum) (i64.const 29)))))
    (i64.xor (local.get $sum) (i64.shr_u (local.get $sum) (i64.const 32))))

  ;; XXH64 with seeds 0, 1, … one after the other, on the heap.
  (func $twox (param $data i64) (param $words i32) (result i32)
    (local $out i32) (local $word i32)
    (local.set $out (call $malloc (i32.shl (local.get $words) (i32.const 3))))
    (loop $next
      (i64.store $heap (i32.add (local.get $out) (i32.shl (local.get $word) (i32.const 3)))
        (call $xxh64 (i32.wrap_i64 (local.get $data))
          (i32.wrap_i64 (i64.shr_u (local.get $data) (i64.const 32)))
          (i64.extend_i32_u (local.get $word))))
      (local.set $word (i32.add (local.get $word) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $word) (local.get $words))))
    (local.get $out))

  ;; --- BLAKE2b -------------------------------------------------------------------------------

  ;; The mixing function on four words of the working vector, by their offsets in it; $at is where
  ;; in the schedule the offsets of the two words of the block stand.
  (func $mix (param $a i32) (param $b i32) (param $c i32) (param $d i32) (param $at i32)
    (local $wa i64) (local $wb i64) (local $wc i64) (local $wd i64)
    (local.set $wb (i64.load $own offset=64 (local.get $b)))
    (local.set $wc (i64.load $own offset=64 (local.get $c)))
    (local.set $wa (i64.add (i64.add (i64.load $own offset=64 (local.get $a)) (local.get $wb))
      (i64.load $own offset=192 (i32.load8_u $own offset=384 (local.get $at)))))
    (local.set $wd (i64.rotr
      (i64.xor (i64.load $own offset=64 (local.get $d)) (local.get $wa)) (i64.const 32)))
    (local.set $wc (i64.add (local.get $wc) (local.get $wd)))
    (local.set $wb (i64.rotr (i64.xor (local.get $wb) (local.get $wc)) (i64.const 24)))
    (local.set $wa (i64.add (i64.add (local.get $wa) (local.get $wb))
      (i64.load $own offset=192 (i32.load8_u $own offset=385 (local.get $at)))))
    (local.set $wd (i64.rotr (i64.xor (local.get $wd) (local.get $wa)) (i64.const 16)))
    (local.set $wc (i64.add (local.get $wc) (local.get $wd)))
    (local.set $wb (i64.rotr (i64.xor (local.get $wb) (local.get $wc)) (i64.const 63)))
    (i64.store $own offset=64 (local.get $a) (local.get $wa))
    (i64.store $own offset=64 (local.get $b) (local.get $wb))
    (i64.store $own offset=64 (local.get $c) (local.get $wc))
    (i64.store $own offset=64 (local.get $d) (local.get $wd)))

  ;; Take the block into the state; $count bytes were hashed with it.
  (func $compress (param $count i64) (param $last i32) (local $round i32) (local $at i32)
    (memory.copy $own $own (i32.const 64) (i32.const 0) (i32.const 64))
    (memory.copy $own $own (i32.const 128) (i32.const 320) (i32.const 64))
    (i64.store $own (i32.const 160)
      (i64.xor (i64.load $own (i32.const 160)) (local.get $count)))
    (if (local.get $last)
      (then (i64.store $own (i32.const 176)
        (i64.xor (i64.load $own (i32.const 176)) (i64.const -1)))))
    (loop $next
      (call $mix (i32.const 0) (i32.const 32) (i32.const 64) (i32.const 96) (local.get $at))
      (call $mix (i32.const 8) (i32.const 40) (i32.const 72) (i32.const 104)
        (i32.add (local.get $at) (i32.const 2)))
      (call $mix (i32.const 16) (i32.const 48) (i32.const 80) (i32.const 112)
        (i32.add (local.get $at) (i32.const 4)))
      (call $mix (i32.const 24) (i32.const 56) (i32.const 88) (i32.const 120)
        (i32.add (local.get $at) (i32.const 6)))
      (call $mix (i32.const 0) (i32.const 40) (i32.const 80) (i32.const 120)
        (i32.add (local.get $at) (i32.const 8)))
      (call $mix (i32.const 8) (i32.const 48) (i32.const 88) (i32.const 96)
        (i32.add (local.get $at) (i32.const 10)))
      (call $mix (i32.const 16) (i32.const 56) (i32.const 64) (i32.const 104)
        (i32.add (local.get $at) (i32.const 12)))
      (call $mix (i32.const 24) (i32.const 32) (i32.const 72) (i32.const 112)
        (i32.add (local.get $at) (i32.const 14)))
      (local.set $round (i32.add (local.get $round) (i32.const 1)))
      ;; Rounds 10 and 11 follow the schedule of rounds 0 and 1.
      (local.set $at (i32.shl (i32.rem_u (local.get $round) (i32.const 10)) (i32.const 4)))
      (br_if $next (i32.lt_u (local.get $round) (i32.const 12))))
    (local.set $at (i32.const 0))
    (loop $fold
      (i64.store $own (local.get $at)
        (i64.xor (i64.load $own (local.get $at)) (i64.xor
          (i64.load $own offset=64 (local.get $at)) (i64.load $own offset=128 (local.get $at)))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $fold (i32.lt_u (local.get $at) (i32.const 64)))))

  (func $blake2b (param $data i64) (param $size i32) (result i32)
    (local $at i32) (local $left i32) (local $count i64) (local $out i32)
    (local.set $at (i32.wrap_i64 (local.get $data)))
    (local.set $left (i32.wrap_i64 (i64.shr_u (local.get $data) (i64.const 32))))
    (memory.copy $own $own (i32.const 0) (i32.const 320) (i32.const 64))
    ;; One lane, no key, and the size of the hash.
    (i32.store $own (i32.const 0) (i32.xor (i32.load $own (i32.const 0))
      (i32.or (i32.const 0x01010000) (local.get $size))))
    (block $rest (loop $whole
      (br_if $rest (i32.le_u (local.get $left) (i32.const 128)))
      (memory.copy $own $heap (i32.const 192) (local.get $at) (i32.const 128))
      (local.set $count (i64.add (local.get $count) (i64.const 128)))
      (call $compress (local.get $count) (i32.const 0))
      (local.set $at (i32.add (local.get $at) (i32.const 128)))
      (local.set $left (i32.sub (local.get $left) (i32.const 128)))
      (br $whole)))
    (memory.fill $own (i32.const 192) (i32.const 0) (i32.const 128))
    (memory.copy $own $heap (i32.const 192) (local.get $at) (local.get $left))
    (call $compress (i64.add (local.get $count) (i64.extend_i32_u (local.get $left)))
      (i32.const 1))
    (local.set $out (call $malloc (local.get $size)))
    (memory.copy $heap $own (local.get $out) (i32.const 0) (local.get $size))
    (local.get $out))

  ;; --- what the runtime imports --------------------------------------------------------------

  (func (export "ext_hashing_twox_64_version_1") (param $data i64) (result i32)
    (call $twox (local.get $data) (i32.const 1)))
  (func (export "ext_hashing_twox_128_version_1") (param $data i64) (result i32)
    (call $twox (local.get $data) (i32.const 2)))
  (func (export "ext_hashing_twox_256_version_1") (param $data i64) (result i32)
    (call $twox (local.get $data) (i32.const 4)))
  (func (export "ext_hashing_blake2_128_version_1") (param $data i64) (result i32)
    (call $blake2b (local.get $data) (i32.const 16)))
  (func (export "ext_hashing_blake2_256_version_1") (param $data i64) (result i32)
    (call $blake2b (local.get $data) (i32.const 32))))
