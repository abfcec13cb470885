import { describe, expect, it } from 'vitest'
import { configSchema, readConfig } from '../../src/core/config.ts'
import { readToml } from '../../src/core/toml.ts'
import { Refusal } from '../../src/lib/fault.ts'

describe('the settings', () => {
  it('are all there when nobody says anything', () => {
    const config = readConfig(undefined, {})
    expect(config.web).toEqual({ http: 8080, https: 8443, listen: '::', names: [], certificate: '', key: '' })
    expect(config.mqtt.server).toBe('')
  })
  it('come from the file, and the environment beats it', () => {
    const file = readToml('[box]\nname = "Kitchen"\n[web]\nhttp = 80\n', 'parlor.toml')
    const config = readConfig(file, { PARLOR_WEB__HTTP: '81', PARLOR_CAMERA__STAND_IN: 'false', PARLOR_BOX__NAME: '42', PATH: '/bin' })
    expect(config.box.name).toBe('42')
    expect(config.web.http).toBe(81)
    expect(config.camera.standIn).toBe(false)
  })
  it('read lists from the environment', () => {
    const config = readConfig({}, { PARLOR_CALL__ICE_SERVERS: '[{"urls":"stun:10.0.0.1"}]' })
    expect(config.call.iceServers).toEqual([{ urls: 'stun:10.0.0.1' }])
  })
  it('do not change the value they are read from', () => {
    const file = { web: { http: 80 } }
    readConfig(file, { PARLOR_WEB__HTTP: '81' })
    expect(file).toEqual({ web: { http: 80 } })
  })

  const sentence = (file: unknown, env = {}) => {
    try {
      readConfig(file, env)
    } catch (error) {
      if (error instanceof Refusal) return error.message
      throw error
    }
    return 'accepted'
  }
  it.each([
    [{ web: { http: 70_000 } }, {}, 'the setting "web.http" is wrong'],
    [{ web: { htttp: 80 } }, {}, 'there is no setting "web.htttp"'],
    [{ wob: {} }, {}, 'there is no setting "wob"'],
    [{ mqtt: { server: 'http://x' } }, {}, 'the setting "mqtt.server" is wrong'],
    [{}, { PARLOR_WEB__HTTP: 'eighty' }, 'the setting "web.http" is wrong'],
    [{}, { PARLOR_CALL__ICE_SERVERS: '[{"urls":"http://x"}]' }, 'starts with stun:'],
    ['a text', {}, 'accepted'],
  ])('refuse %j %j with a sentence', (file, env, expected) => {
    expect(sentence(file, env)).toContain(expected)
  })
  it('name the line of a file that is no TOML', () => {
    expect(() => readToml('[web]\nhttp = = 80', '/etc/parlor/parlor.toml')).toThrow(/^\/etc\/parlor\/parlor.toml, line 2: /)
  })
  it('explain themselves: every setting has a title and a help text', () => {
    const schema = JSON.parse(JSON.stringify(configSchema())) as {
      properties: Record<string, { properties: Record<string, { title?: string; description?: string }> }>
    }
    for (const [section, { properties }] of Object.entries(schema.properties))
      for (const [key, { title, description }] of Object.entries(properties)) {
        expect(`${section}.${key}: ${title ?? ''}`).toMatch(/: ./)
        expect(`${section}.${key}: ${description ?? ''}`).toMatch(/: ./)
      }
  })
})
