// tape-fuse.ts — a program: shows an image as a file on which every write is taped, in its order, with the moments at which the writer wanted
// all of it to be kept. It speaks FUSE to the kernel (include/uapi/linux/fuse.h, 7.31) for one file and nothing else; a loop device on it is a
// card whose every write is known.
//
//   tape-fuse.ts IMAGE TAPE       the kernel's end is file 3; says READY on its stdout
//
// TAPE: records of [at, length] (two 64-bit numbers), then the bytes; a record of length 0 is a flush.
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'

const [image = '', tape = ''] = process.argv.slice(2)
const KERNEL = 3
const disk = openSync(image, 'r+')
const log = openSync(tape, 'w')
const { size } = fstatSync(disk)

const OP = { getattr: 3, open: 14, read: 15, write: 16, statfs: 17, release: 18, fsync: 20, flush: 25, init: 26, access: 34, destroy: 38 }
/** No answer is expected to these: forget, interrupt, batch forget. */
const SILENT = [2, 36, 42]
const ENOSYS = 38
const MOST = 128 * 1024
const HEADER = 40
const WRITE_HEADER = 40

function attributes(): Buffer {
  const out = Buffer.alloc(104)
  out.writeBigUInt64LE(1n, 0) // valid for a second
  const attr = out.subarray(16)
  attr.writeBigUInt64LE(1n, 0) // the inode
  attr.writeBigUInt64LE(BigInt(size), 8)
  attr.writeBigUInt64LE(BigInt(Math.ceil(size / 512)), 16)
  attr.writeUInt32LE(0o100600, 60)
  attr.writeUInt32LE(1, 64)
  attr.writeUInt32LE(4096, 80)
  return out
}

function init(body: Buffer): Buffer {
  const out = Buffer.alloc(64)
  out.writeUInt32LE(7, 0)
  out.writeUInt32LE(Math.min(31, body.readUInt32LE(4)), 4)
  out.writeUInt32LE(body.readUInt32LE(8), 8)
  out.writeUInt32LE(1 << 5, 12) // writes of more than a page
  out.writeUInt16LE(16, 16)
  out.writeUInt16LE(12, 18)
  out.writeUInt32LE(MOST, 20)
  out.writeUInt32LE(1, 24)
  return out
}

function keep(at: bigint, bytes: Buffer): void {
  const head = Buffer.alloc(16)
  head.writeBigUInt64LE(at, 0)
  head.writeBigUInt64LE(BigInt(bytes.length), 8)
  writeSync(log, Buffer.concat([head, bytes]))
}

function answer(op: number, body: Buffer): Buffer | null {
  switch (op) {
    case OP.init:
      return init(body)
    case OP.getattr:
      return attributes()
    case OP.open:
      return Buffer.alloc(16)
    case OP.read: {
      const length = body.readUInt32LE(16)
      const out = Buffer.alloc(length)
      return out.subarray(0, readSync(disk, out, 0, length, Number(body.readBigUInt64LE(8))))
    }
    case OP.write: {
      const at = body.readBigUInt64LE(8)
      const bytes = body.subarray(WRITE_HEADER, WRITE_HEADER + body.readUInt32LE(16))
      keep(at, bytes)
      writeSync(disk, bytes, 0, bytes.length, Number(at))
      const out = Buffer.alloc(8)
      out.writeUInt32LE(bytes.length, 0)
      return out
    }
    case OP.fsync:
      keep(0n, Buffer.alloc(0))
      return Buffer.alloc(0)
    case OP.statfs:
      return Buffer.alloc(80)
    case OP.flush:
    case OP.release:
    case OP.access:
    case OP.destroy:
      return Buffer.alloc(0)
    default:
      return null
  }
}

process.stdout.write('READY\n')
const request = Buffer.alloc(MOST + 4096)
for (;;) {
  let length: number
  try {
    length = readSync(KERNEL, request, 0, request.length, null)
  } catch (error) {
    // The request was taken back, or there is nothing yet; without a mount, it is over.
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'EINTR' || code === 'ENOENT' || code === 'EAGAIN') continue
    break
  }
  if (length < HEADER) break
  const op = request.readUInt32LE(4)
  if (SILENT.includes(op)) continue
  const out = answer(op, request.subarray(HEADER, length))
  const head = Buffer.alloc(16)
  head.writeUInt32LE(16 + (out?.length ?? 0), 0)
  head.writeInt32LE(out ? 0 : -ENOSYS, 4)
  request.copy(head, 8, 8, 16)
  writeSync(KERNEL, out ? Buffer.concat([head, out]) : head)
}
fsyncSync(log)
closeSync(disk)
