import { expect, test } from 'vitest'
import { serversFor } from '../../src/rendezvous/credentials.ts'

const DAY = Date.UTC(2026, 10, 21)

test('a server with a secret gets a name that ends in a day and the password that belongs to it', () => {
  const [turn] = serversFor([{ urls: 'turn:t.example', secret: 'north' }], 'room1234', DAY)
  // As `printf '1795305600:room1234' | openssl dgst -sha1 -hmac north -binary | base64` says it.
  expect(turn).toEqual({ urls: 'turn:t.example', username: '1795305600:room1234', credential: 'QdfrTW8Ui/VSQwkYKbNQZCSRtEY=' })
})

test('the secret itself is told to nobody, whatever else stands beside it', () => {
  const told = serversFor([{ urls: 'turn:t', secret: 'north', username: 'u', credential: 'c' }], 'x', DAY)
  expect(JSON.stringify(told)).not.toContain('north')
  expect(told[0]?.username).toMatch(/^\d+:x$/)
})

test('fixed names and passwords are told as they are, and STUN needs none', () => {
  const servers = [{ urls: 'stun:s' }, { urls: 'turn:t', username: 'u', credential: 'c' }]
  expect(serversFor(servers, 'x', DAY)).toEqual(servers)
})

test('for whom they are made cannot carry anything but letters and digits', () => {
  const [turn] = serversFor([{ urls: 'turn:t', secret: 's' }], 'a:b/ü-c 1', DAY)
  expect(turn?.username).toBe('1795305600:abc1')
})
