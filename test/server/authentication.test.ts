import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { ManualClock } from '../../src/base/manual-clock.ts'
import type { CertificateVerdict } from '../../src/certificates/client-certificates.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { createAuthentication } from '../../src/server/authentication.ts'

const none: CertificateVerdict = { kind: 'none' }

function stage(anonymous = true) {
  const clock = new ManualClock()
  let reviews = 0
  let serves = true
  const client = {
    create: async () => {
      reviews += 1
      return { status: serves ? { authenticated: true, user: { username: 'account' } } : { authenticated: false } }
    },
  } as unknown as KubeClient
  const authenticate = createAuthentication({ client, anonymous, tokenTtlMs: 120_000, clock })
  return {
    clock,
    reviews: () => reviews,
    revoke: () => {
      serves = false
    },
    async who(authorization?: string, certificate = none) {
      const request = { socket: new PassThrough(), headers: { ...(authorization && { authorization }) } } as unknown as IncomingMessage
      return (await authenticate(request, certificate))?.name
    },
  }
}

/** A token that says of itself that it ends then. */
const tokenUntil = (exp: unknown) => `Bearer e30.${Buffer.from(JSON.stringify({ exp })).toString('base64url')}.sig`

test('what was found of a token is kept for two minutes, and not a moment longer than the token serves', async () => {
  const { clock, reviews, who } = stage()
  const token = tokenUntil(clock.wall() / 1000 + 60)
  assert.deepEqual([await who(token), await who(token)], ['account', 'account'])
  assert.equal(reviews(), 1)
  await clock.advance(59_999)
  assert.equal(await who(token), 'account')
  await clock.advance(1)
  assert.equal(await who(token), undefined)
  assert.equal(reviews(), 1)
})

test('a token of a longer life is asked about again after two minutes, and what was revoked serves no more', async () => {
  const { clock, reviews, revoke, who } = stage()
  for (const token of [tokenUntil(clock.wall() / 1000 + 3600), 'Bearer opaque', tokenUntil('soon'), 'Bearer a.%%%.c'])
    assert.equal(await who(token), 'account', token)
  assert.equal(reviews(), 4)
  revoke()
  assert.equal(await who('Bearer opaque'), 'account')
  await clock.advance(120_000)
  assert.equal(await who('Bearer opaque'), undefined)
})

test('a token that says it has ended is nobody’s, and the API server is not asked', async () => {
  const { clock, reviews, who } = stage()
  assert.equal(await who(tokenUntil(clock.wall() / 1000)), undefined)
  assert.equal(reviews(), 0)
})

test('a certificate goes before a token, one that is refused leaves the token, and neither is ever taken for nobody', async () => {
  const { who } = stage()
  const refused: CertificateVerdict = { kind: 'refused', why: 'certificate has expired or is not yet valid' }
  assert.equal(await who('Bearer opaque', { kind: 'valid', name: 'admin', groups: [] }), 'admin')
  assert.equal(await who('Bearer opaque', refused), 'account')
  assert.equal(await who(undefined, refused), undefined)
  assert.equal(await who(), 'system:anonymous')
  assert.equal(await stage(false).who(), undefined)
})
