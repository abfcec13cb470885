// phone.ts — how long after a key at the box a paired phone shows it: from the key (the socket of the command line, at the very place
// where those of remotes and buttons come in) to the frame in which the page has drawn it. The peer is a bare WebSocket that a page waits
// at, and that draws as much: no daemon, no seal, no state.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { WebSocketServer } from 'ws'
import { askLocal } from '../src/control/local.ts'
import { Stage } from '../test/e2e/kit/stage.ts'
import type { Context } from './context.ts'
import { type Figure, figureOf } from './figure.ts'

export const name = 'phone'

/** Resolves with the moment (Unix, ms) of the frame that shows a change of the attribute. @throws after ten seconds without one */
const change = (page: Page, selector: string, attribute: string): Promise<number> =>
  page.evaluate(
    ([where = '', what = '']) =>
      new Promise<number>((done, fail) => {
        const element = document.querySelector(where)
        if (!element) return fail(new Error(`the page has no ${where}`))
        const watch = new MutationObserver(() => {
          watch.disconnect()
          requestAnimationFrame(() => done(Date.now()))
        })
        watch.observe(element, { attributes: true, attributeFilter: [what] })
        setTimeout(() => fail(new Error('the page showed no change')), 10_000)
      }),
    [selector, attribute],
  )

export async function run({ runs, scope, say }: Context): Promise<Figure[]> {
  const stage = await Stage.open({})
  scope.defer(() => stage[Symbol.asyncDispose]())
  await stage.call(1)
  const phone = await stage.browser.newPage({ viewport: { width: 390, height: 844 } })
  const { link } = (await stage.box.parlor('pair')) as { readonly link: string }
  await phone.goto(`${stage.box.origin}/remote${new URL(link).hash}`)
  await phone.getByTestId('name').fill('A phone')
  await phone.getByTestId('pair-by-qr').click()
  await phone.locator('[data-testid="remote"][data-now="connected"]').waitFor()
  await phone.getByTestId('paired-ok').click()

  const web = createServer((_, answer) =>
    answer.setHeader('content-type', 'text/html').end('<!doctype html><p id="state">bare</p>'),
  ).listen(0)
  await once(web, 'listening')
  const socket = new WebSocketServer({ server: web })
  scope.defer(() => socket.close())
  scope.defer(() => void web.close())
  const address = web.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const bare = await stage.browser.newPage()
  const came = once(socket, 'connection')
  await bare.goto(`http://localhost:${address.port}/`)
  await bare.evaluate(() => {
    const one = new WebSocket(location.href.replace('http', 'ws'))
    one.onmessage = ({ data }) => document.querySelector('#state')?.setAttribute('data-is', String(data))
  })
  const [line] = (await came) as [import('ws').WebSocket]

  const took: number[] = []
  const peer: number[] = []
  const key = () => askLocal(join(stage.box.data, 'control.sock'), { do: 'key', key: 'mute' }, AbortSignal.timeout(5000))
  const measure = async (page: Page, selector: string, attribute: string, act: () => unknown): Promise<number> => {
    await page.bringToFront()
    const shown = change(page, selector, attribute)
    await sleep(500)
    const pressed = Date.now()
    await act()
    return (await shown) - pressed
  }
  for (let i = 0; i < 2 * runs; i++) {
    took.push(await measure(phone, '[data-testid="mute"]', 'data-muted', key))
    peer.push(await measure(bare, '#state', 'data-is', () => line.send(String(i))))
    say(`key to phone: ${took.at(-1)} ms, bare WebSocket: ${peer.at(-1)} ms`)
  }
  return [figureOf('key at the box, shown on the phone', 'ms', 'less', took, { 'bare WebSocket': peer })]
}
