// apart.ts — a maker of certificates in a process of its own, which ends with each: so nothing of it stays in the daemon.
import { Fault } from '../../lib/fault.ts'
import type { Made, Maker } from './maker.ts'

/** What the process is asked, once. */
export type MakeOrder =
  | { readonly make: 'authority'; readonly names: readonly string[] }
  | { readonly make: 'server'; readonly authority: Made; readonly names: readonly string[]; readonly today: number }
/** And what it says. */
export type MakeNews = { readonly is: 'made'; readonly made: Made } | { readonly is: 'failed'; readonly why: string }

/** A forked child, as it is needed here. */
export interface MakerProcess {
  send(message: MakeOrder): boolean
  on(event: 'message', listener: (message: unknown) => void): void
  on(event: 'exit', listener: (code: number | null, signal: string | null) => void): void
}

/** @param fork starts a module of ours as a child */
export function makerApart(fork: (module: URL) => MakerProcess): Maker {
  const ask = (order: MakeOrder): Promise<Made> =>
    new Promise((made, fail) => {
      const child = fork(new URL('./child.ts', import.meta.url))
      child.on('message', (message) => {
        const news = message as MakeNews
        if (news.is === 'made') made(news.made)
        else fail(new Fault('worker-crashed', `a certificate could not be made: ${news.why}`))
      })
      child.on('exit', (code, signal) => fail(new Fault('worker-crashed', `what makes certificates ended: ${signal ?? code}`)))
      child.send(order)
    })
  return {
    authority: (names) => ask({ make: 'authority', names }),
    server: (authority, names, today) => ask({ make: 'server', authority, names, today }),
  }
}
