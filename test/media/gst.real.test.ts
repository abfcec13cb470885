import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { collect } from '../../src/lib/collect.ts'
import { kbps } from '../../src/lib/unit.ts'
import { attempts, cameraLaunch, probeLaunch } from '../../src/media/capture/attempt.ts'
import { formName, forms, parseSource } from '../../src/media/capture/source.ts'
import { type BusEvent, busEvent, openPipeline, type Pipeline } from '../../src/media/gst.ts'

/** Bytes of [heap], where C allocates, after JavaScript has given back what it can. */
function allocated(): number {
  collect()
  let isHeap = false
  let bytes = 0
  for (const line of readFileSync('/proc/self/smaps', 'utf8').split('\n')) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) isHeap = line.endsWith('[heap]')
    const [, size] = /^Rss:\s+(\d+) kB/.exec(line) ?? []
    if (isHeap && size) bytes += Number(size) * 1024
  }
  return bytes
}

/** Plays and gives what the bus says first. */
function first(pipeline: Pipeline): Promise<BusEvent> {
  return new Promise((heard) => {
    pipeline.onBus(heard)
    pipeline.play()
  })
}

describe('a pipeline', () => {
  it('says when it is at its end', async () => {
    expect(await first(openPipeline('videotestsrc num-buffers=3 ! fakesink'))).toEqual({ type: 'eos' })
  })
  it('says why it could not even begin', async () => {
    expect(await first(openPipeline('filesrc location=/no/such/file ! fakesink'))).toMatchObject({
      type: 'error',
      source: 'filesrc0',
      message: 'Resource not found.',
    })
    expect(await first(openPipeline('v4l2src name=cam device=/dev/video987 ! fakesink'))).toMatchObject({ type: 'error', source: 'cam' })
  })
  it('passes on what an element says', async () => {
    const pipeline = openPipeline('audiotestsrc num-buffers=20 ! level name=meter post-messages=true interval=10000000 ! fakesink')
    expect(await first(pipeline)).toMatchObject({ type: 'element', source: 'meter', name: 'level' })
    pipeline.stop()
  })
  it('is refused when an element is missing or two do not fit', () => {
    expect(() => openPipeline('nosuchsrc ! fakesink')).toThrow(expect.objectContaining({ code: 'pipeline-refused' }))
    expect(() => openPipeline('audiotestsrc ! x264enc ! fakesink')).toThrow(expect.objectContaining({ code: 'pipeline-refused' }))
  })
  it('is a bug when its text is one element, or asks for what is not there', () => {
    expect(() => openPipeline('fakesink')).toThrow(/two elements/)
    const pipeline = openPipeline('fakesrc name=a ! fakesink name=b')
    expect(() => pipeline.set('c', 'sync', 'true')).toThrow(/c\.sync: no such element/)
    expect(() => pipeline.get('b', 'nothing')).toThrow(/b\.nothing: no such property/)
    expect(() => pipeline.child('c')).toThrow(/no element c/)
    expect(() => pipeline.forceKeyUnit('c')).toThrow(/no element c/)
    expect(() => pipeline.push('b', Buffer.alloc(0))).toThrow(/takes bytes/)
  })
  it('takes properties in the words of gst-launch, of pads too, and gives them back', () => {
    const pipeline = openPipeline('compositor name=mix sink_0::xpos=1 ! fakesink name=out videotestsrc name=test ! mix.sink_0')
    pipeline.set('mix', 'sink_0::xpos', '640')
    pipeline.set('test', 'pattern', 'snow')
    expect([pipeline.get('mix', 'sink_0::xpos'), pipeline.get('test', 'pattern')]).toEqual(['640', 'snow'])
  })
  it('carries bytes in and out, and gives null to who still pulls when it is stopped', async () => {
    const pipeline = openPipeline('appsrc name=in is-live=true format=time ! appsink name=out sync=false')
    const pull = (): Promise<Buffer | null> => new Promise((got) => pipeline.pull('out', got))
    pipeline.play()
    const pulled = pull()
    pipeline.push('in', Buffer.from('hello'))
    expect((await pulled)?.toString()).toBe('hello')
    const waiting = pull()
    pipeline.stop()
    pipeline.stop()
    expect(await waiting).toBeNull()
    expect(() => pipeline.play()).toThrow(/a stopped pipeline/)
  })
  it('leaves nothing behind of what is pulled, said and read', async () => {
    const caps = 'audio/x-raw,format=S16LE,rate=48000,channels=2,channel-mask=(bitmask)0x3'
    const pipeline = openPipeline(
      `audiotestsrc samplesperbuffer=8 ! ${caps} ! level interval=1000000 ! appsink name=out sync=false max-buffers=64`,
    )
    const sink = pipeline.child('out')
    const pull = (): Promise<Buffer | null> => new Promise((got) => pipeline.pull('out', got))
    const some = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        await pull()
        void sink.caps
      }
    }
    pipeline.play()
    await some(2000)
    const before = allocated()
    await some(20_000)
    const grown = allocated() - before
    pipeline.stop()
    expect(grown, 'bytes; a string that is lost takes 32, and it was five for each').toBeLessThan(1_000_000)
  }, 60_000)
  it('gives its files back when it is gone', async () => {
    const files = (): number => readdirSync('/proc/self/fd').length
    const one = async (): Promise<void> => {
      const pipeline = openPipeline('videotestsrc num-buffers=1 ! video/x-raw,width=16,height=16 ! fakesink')
      await first(pipeline)
    }
    for (let n = 0; n < 5; n++) await one()
    const before = files()
    for (let n = 0; n < 60; n++) await one()
    // A pipeline goes with its last mention here, when the collector comes by: make it come.
    for (let n = 0; n < 50 && files() > before + 60; n++) {
      Array.from({ length: 1000 }, () => new Array(1000).fill(n))
      await new Promise((go) => setTimeout(go, 50))
    }
    expect(files()).toBeLessThanOrEqual(before + 60)
  })
})

it('leaves out of the bus what nobody needs', () => {
  expect(busEvent({ type: 'state-changed', _src_element_name: 'x' })).toBeNull()
  expect(busEvent({ type: 'warning', _src_element_name: 'x', debug: 'why' })).toEqual({ type: 'warning', source: 'x', message: 'why' })
})

describe('every way to a camera can be built here', () => {
  const all = [
    ...forms({ kind: 'auto' }, { devices: ['/dev/video0'], libcamera: false }),
    ...['test', 'file:/a "b".mp4', 'launch:videotestsrc is-live=true'].flatMap((text) =>
      forms(parseSource(text), { devices: [], libcamera: false }),
    ),
  ]
  const picture = { width: 640, height: 360, fps: 30 }
  it.each(attempts(all, ['x264', 'openh264']).map((attempt) => [`${formName(attempt.form)}, ${attempt.encoder}`, attempt] as const))(
    '%s',
    (_, attempt) => {
      expect(openPipeline(cameraLaunch(attempt, picture, kbps(500), 9)).get('pay', 'pt')).toBe('96')
      expect(() => openPipeline(probeLaunch(attempt.form, picture))).not.toThrow()
    },
  )
})
