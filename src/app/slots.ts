// slots.ts — parlor-slots: what RAUC calls to ask for slots and to mark them, and what the system calls at its start.
//
//   parlor-slots settle       does what is due: arms another try of an update, or says that one is over (parlor-slots.service)
//   parlor-slots CALL...      answers RAUC (system/slots/rauc.ts)
import { Fault, Refusal } from '../lib/fault.ts'
import { runningHere, slotsHere } from '../system/slots/ground.ts'
import { prepare } from '../system/slots/prepare.ts'
import { answerRauc } from '../system/slots/rauc.ts'

async function main(words: readonly string[]): Promise<string> {
  const slots = await slotsHere()
  if (words[0] !== 'settle') return answerRauc(words, slots, async (slot) => prepare((await runningHere()).disk, slot))
  const step = await slots.settle()
  return step.do === 'reboot' ? `starts anew, into slot ${step.into}` : ''
}

if (import.meta.main)
  main(process.argv.slice(2)).then(
    (text) => process.stdout.write(text && `${text}\n`),
    (error: unknown) => {
      const known = error instanceof Refusal || error instanceof Fault
      process.stderr.write(`parlor-slots: ${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`)
      process.exitCode = known ? 1 : 70
    },
  )
