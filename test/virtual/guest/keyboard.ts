// keyboard.ts — runs inside the virtual Pi: a device with keys, made with uinput as Bluetooth remotes are. Says "there", then presses
// the codes it reads, a line each; at the end of its input the device goes away.
//
//   keyboard.ts <name> <code,code...>
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { mustIoctl } from '../../../src/hw/ioctl.ts'
import { _IO, _IOW } from '../../../src/hw/request.ts'

const [name = '', codes = ''] = process.argv.slice(2)
const fd = openSync('/dev/uinput', constants.O_WRONLY | constants.O_NONBLOCK)
const order = (request: number, argument: Buffer | number): number => mustIoctl(fd, request, argument, 'uinput')
order(_IOW('U', 100, 4), 1)
for (const code of codes.split(',')) order(_IOW('U', 101, 4), Number(code))
const setup = Buffer.alloc(92)
setup.writeUInt16LE(3, 0)
setup.write(name, 8)
order(_IOW('U', 3, 92), setup)
order(_IO('U', 1), 0)
process.stdout.write('there\n')

const event = (type: number, code: number, value: number): void => {
  const bytes = Buffer.alloc(24)
  bytes.writeUInt16LE(type, 16)
  bytes.writeUInt16LE(code, 18)
  bytes.writeInt32LE(value, 20)
  writeSync(fd, bytes)
}
for await (const line of createInterface({ input: process.stdin })) {
  for (const value of [1, 0]) {
    event(1, Number(line), value)
    event(0, 0, 0)
  }
}
closeSync(fd)
