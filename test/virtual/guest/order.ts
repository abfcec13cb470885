// order.ts — runs inside the virtual Pi: a line to and from the daemon's own socket, as `parlor` speaks to it, without a process for each
// order. What comes on stdin goes there as it is, and what it answers comes out.
import { connect } from 'node:net'

const socket = connect('/var/lib/parlor/control.sock')
process.stdin.pipe(socket)
socket.pipe(process.stdout)
socket.on('close', () => process.exit())
