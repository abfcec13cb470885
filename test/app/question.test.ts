import { describe, expect, it } from 'vitest'
import { Question } from '../../src/app/question.ts'
import type { Intent } from '../../src/core/intent.ts'
import { textIn } from '../../src/core/text/text.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { seconds } from '../../src/lib/unit.ts'

function stage() {
  const clock = new FakeClock()
  const asked: Intent[] = []
  const shown: boolean[] = []
  const text = textIn('en')
  const question = new Question({ text, ask: (intent) => asked.push(intent), onChange: (asking) => shown.push(asking), clock })
  return { clock, asked, shown, question }
}
const ttl = seconds(60)
const tracks = { sentence: 'Ann would like it. Give it?', ttl }

describe('a question on the TV', () => {
  it('grants a wish with OK, and does not with BACK or when nobody answers', async () => {
    const { clock, asked, question, shown } = stage()
    for (const answer of [true, false, null]) {
      question.put({ intent: { want: 'live', on: true }, ttl })
      if (answer === null) await clock.advance(ttl)
      else question.answer(answer)
    }
    expect(asked).toEqual([{ want: 'live', on: true }])
    expect(shown).toEqual([true, false, true, false, true, false])
  })
  it('may be about something that is no wish, and tells a no from no answer', async () => {
    const { clock, asked, question } = stage()
    const answers = []
    for (const answer of [true, false, null]) {
      const said = question.ask(tracks)
      expect(question.sentence).toContain('Ann would like it. Give it?')
      if (answer === null) await clock.advance(ttl)
      else question.answer(answer)
      answers.push(await said)
    }
    expect(answers).toEqual([true, false, null])
    expect([asked, question.sentence, question.open]).toEqual([[], null, false])
  })
  it('is not pushed aside by another', async () => {
    const { question, asked } = stage()
    question.put({ intent: { want: 'live', on: true }, ttl })
    expect(await question.ask(tracks)).toBeNull()
    question.put({ intent: { want: 'camera', on: true }, ttl })
    question.answer(true)
    expect(asked).toEqual([{ want: 'live', on: true }])
  })
})
