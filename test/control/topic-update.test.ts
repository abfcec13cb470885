import { describe, expect, it } from 'vitest'
import { discovery } from '../../src/control/homeassistant.ts'
import { judge, letterIn } from '../../src/control/topic-order.ts'
import { updateRow } from '../../src/control/topic-update.ts'
import { atRest, BOX, base, bytes, contacts } from './view.ts'

const parts = (plainJoin: boolean) => ({ policy: { plainJoin, picture: false }, contacts, verify: () => true, date: 0 })
const asked = (text = 'install') => letterIn(BOX, `${base}/set/update`, bytes(text))

describe('an update, to home automation', () => {
  it('is refused unless the owner of the box allows that it is asked for; then the people at the TV are asked', () => {
    expect(() => judge(asked(), parts(false))).toThrow('signature of a paired phone')
    expect(judge(asked(), parts(true))).toEqual({ do: 'update', ask: true })
  })
  it('takes no other word', () => expect(() => judge(asked('now'), parts(true))).toThrow('takes install'))
  it('has a button only where it would do something', () => {
    const about = { name: 'Living room', version: '1', url: null }
    const entity = (plainJoin: boolean) => discovery(BOX, about, { plainJoin, picture: false }).components.update
    expect(entity(false)).not.toHaveProperty('command_topic')
    expect(entity(true)).toMatchObject({ platform: 'update', command_topic: `${base}/set/update`, payload_install: 'install' })
  })
  it('says what is installed, what there is, and how far it is; the summary is as long as may be', () => {
    const update = { installed: '1.0.0', latest: '1.1.0', summary: 'x'.repeat(999), busy: true, percent: 40 }
    const said = updateRow.show({ ...atRest, update })
    expect(JSON.parse(said)).toMatchObject({
      installed_version: '1.0.0',
      latest_version: '1.1.0',
      in_progress: true,
      update_percentage: 40,
    })
    expect(updateRow.state.parse(said)).toMatchObject({ release_summary: 'x'.repeat(255) })
  })
})
