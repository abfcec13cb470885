import { describe, expect, it } from 'vitest'
import { type MediaLink, Patch, type Sink } from '../../src/app/patch.ts'
import { Seats } from '../../src/app/seats.ts'
import type { PeerId } from '../../src/core/id.ts'

const [ann, bo] = ['ann', 'bo'] as [PeerId, PeerId]
const packet = Buffer.from([1])

function panel() {
  const went: string[] = []
  const sink = (name: string): Sink => ({ rtp: (seat) => void went.push(`${name} ${seat}`) })
  const link = (name: string): MediaLink => ({
    sendRtp: (line) => void went.push(`${name} gets ${line}`),
    askKeyframe: (line) => void went.push(`${name} asked for ${line}`),
  })
  const patch = new Patch({ seats: new Seats(), screen: sink('tv'), sound: sink('mixer') })
  return { patch, went, annLink: link('ann'), boLink: link('bo') }
}

describe('the patch panel', () => {
  it('sends our camera to everybody and to our own tv, our microphone to everybody', () => {
    const { patch, went, annLink, boLink } = panel()
    patch.plug(ann, annLink)
    patch.plug(bo, boLink)
    patch.fromCamera(packet)
    patch.fromMicrophone(packet)
    expect(went).toEqual(['ann gets camera', 'bo gets camera', 'tv 0', 'ann gets audio', 'bo gets audio'])
  })
  it('begins with the newest keyframe for who comes just after it, and says when there is none', () => {
    const { patch, went, annLink, boLink } = panel()
    expect(patch.plug(ann, annLink)).toBe('no keyframe')
    const key = Buffer.alloc(40)
    key.set([0x80, 96, 0, 1, 0, 0, 0, 9, 0, 0, 0, 1, 0x65])
    patch.fromCamera(key)
    expect(patch.plug(bo, boLink)).toBe('begun')
    expect(went).toEqual(['ann gets camera', 'tv 0', 'bo gets camera'])
    patch.unplug(bo)
    patch.forgetCamera()
    expect(patch.plug(bo, boLink)).toBe('no keyframe')
    expect(went.length).toBe(3)
  })
  it('gives nothing from or to a link that is not plugged in', () => {
    const { patch, went, annLink } = panel()
    patch.fromLink(annLink, 'camera', packet)
    patch.plug(ann, annLink)
    patch.unplug(ann)
    patch.fromLink(annLink, 'audio', packet)
    patch.fromMicrophone(packet)
    expect(went).toEqual([])
  })
  it('brings everybody to their own seat, and a new link of the same person to the same seat', () => {
    const { patch, went, annLink, boLink } = panel()
    patch.plug(ann, annLink)
    patch.plug(bo, boLink)
    patch.fromLink(boLink, 'camera', packet)
    patch.fromLink(boLink, 'audio', packet)
    patch.unplug(ann)
    const again: MediaLink = { sendRtp() {}, askKeyframe() {} }
    patch.plug(ann, again)
    patch.fromLink(again, 'camera', packet)
    expect(went).toEqual(['tv 2', 'mixer 2', 'tv 1'])
  })
  it('shows the shared screen of one person at a time, and asks for its keyframe', () => {
    const { patch, went, annLink, boLink } = panel()
    patch.plug(ann, annLink)
    patch.plug(bo, boLink)
    patch.fromLink(annLink, 'screen', packet)
    patch.sharer = bo
    patch.fromLink(annLink, 'screen', packet)
    patch.fromLink(boLink, 'screen', packet)
    expect(went).toEqual(['bo asked for screen', 'tv 6'])
  })
  it('asks the person on a seat for a keyframe, nobody when it is empty', () => {
    const { patch, went, annLink } = panel()
    patch.plug(ann, annLink)
    patch.askKeyframe(1)
    patch.askKeyframe(4)
    expect(went).toEqual(['ann asked for camera'])
  })
  it('has no place for a seventh', () => {
    const { patch } = panel()
    const links = ['a', 'b', 'c', 'd', 'e', 'f'].map((p) => patch.plug(p as PeerId, { sendRtp() {}, askKeyframe() {} }))
    expect(links).toEqual([...Array.from({ length: 5 }, () => 'no keyframe'), 'no seat'])
  })
})
