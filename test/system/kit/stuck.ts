// stuck.ts — a child that can hear nothing any more: its thread waits for ever, as in the open() of a device that does not answer.
process.send?.('stuck')
setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), 50)
