import { afterEach, expect, test } from 'vitest'
import type { BusEvent } from '../../../src/media/gst.ts'
import { GROUND } from '../../../src/media/screen/launch.ts'
import { sizeOf } from '../../../src/media/screen/painter.ts'
import { Stage } from '../../../src/media/screen/stage.ts'

const stages: Stage[] = []
afterEach(() => {
  for (const stage of stages.splice(0)) stage.pipeline.stop()
})

test('it turns faster and slower while browsers begin and cease to look, and goes on', async () => {
  const ground = Buffer.alloc(sizeOf(1920, 1080))
  const errors: BusEvent[] = []
  const stage = new Stage(60)
  stages.push(stage)
  stage.pipeline.onBus((event) => event.type === 'error' && errors.push(event))
  stage.pipeline.play()
  const looks = setInterval(() => {
    if (errors.length > 0) return
    stage.gate('still', false)
    stage.gate('still', true)
  }, 2)
  for (let i = 0; i < 250 && errors.length === 0; i++) {
    stage.turn(i % 2 === 0 ? 'lively' : 'calm')
    stage.draw(GROUND, ground, 1920, 1080)
    await new Promise((done) => setTimeout(done, 5 + (i % 20)))
  }
  clearInterval(looks)
  expect(errors).toEqual([])
  const before = stage.frames
  while (stage.frames < before + 3) await new Promise((done) => setTimeout(done, 20))
})
