import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it, test } from 'node:test'
import { userOfBearer } from '../../../../src/controlplane/apiserver/auth/authenticate.ts'
import { defaultIssuer, TokenSigner } from '../../../../src/controlplane/apiserver/auth/tokens.ts'
import { judgeSecret, TokenSecrets } from '../../../../src/controlplane/controllers/service-account/token-secrets.ts'
import type { KubeObject, Secret } from '../../../../src/kube/objects.ts'
import { inDefault, workloadStage } from '../workload-stage.ts'

const pem = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const signer = new TokenSigner(pem())
const secrets = inDefault('secrets')
const accounts = inDefault('serviceaccounts')

async function stage() {
  const made = await workloadStage((options) => new TokenSecrets({ ...options, signer, caPem: 'the CA' }))
  const { backend, clock, settle } = made
  return {
    ...made,
    addAccount: (name: string, more: object = {}) => backend.create(accounts, { metadata: { name }, ...more } as KubeObject),
    /** As a client writes it. */
    async addSecret(name: string, account: string, more: object = {}) {
      const annotations = { 'kubernetes.io/service-account.name': account }
      await backend.create(secrets, { metadata: { name, annotations }, type: 'kubernetes.io/service-account-token', ...more } as KubeObject)
      await settle()
    },
    read: async (name: string) => (await backend.get({ ...secrets, name })) as Secret,
    whose: async (token: string, audience = defaultIssuer) => (await userOfBearer(token, [audience], signer, backend, clock.wall()))?.user,
    isThere: async (name: string) => (await backend.list(secrets)).items.some(({ metadata }) => metadata?.name === name),
  }
}
const text = (base64: string | undefined) => Buffer.from(base64 ?? '', 'base64').toString()

test('a secret for an account is given its token, the CA and the namespace, and the token is the account’s for ever', async () => {
  using cluster = await stage()
  const { addAccount, addSecret, read, whose, clock } = cluster
  const account = await addAccount('robot')
  await addSecret('robot-token', 'robot', { data: { mine: 'eA==' } })
  const { data, metadata } = await read('robot-token')
  assert.deepEqual([text(data?.['ca.crt']), text(data?.namespace), data?.mine], ['the CA', 'default', 'eA=='])
  assert.equal(metadata?.annotations?.['kubernetes.io/service-account.uid'], account.metadata?.uid)
  const token = text(data?.token)
  await clock.advance(400 * 24 * 3600_000)
  assert.deepEqual(await whose(token), {
    name: 'system:serviceaccount:default:robot',
    uid: account.metadata?.uid,
    groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
  })
  assert.equal(await whose(token, 'vault'), undefined, 'it is for the API server')
})

test('the token is worth nothing without its secret, in another secret, signed by another, or without its account', async () => {
  using cluster = await stage()
  const { backend, addAccount, addSecret, read, whose, settle } = cluster
  await addAccount('robot')
  await addSecret('first', 'robot')
  await addSecret('second', 'robot')
  const [first, second] = [text((await read('first')).data?.token), text((await read('second')).data?.token)]
  assert.ok((await whose(first)) && (await whose(second)))
  const forged = new TokenSigner(pem()).issueForSecret({ namespace: 'default', serviceAccount: { name: 'robot', uid: 'x' }, secret: 'first' })
  assert.equal(await whose(forged), undefined)
  await backend.patch({ ...secrets, name: 'first' }, 'application/merge-patch+json', { data: { token: Buffer.from(second).toString('base64') } })
  assert.equal(await whose(first), undefined, 'the secret holds another')
  await backend.delete({ ...secrets, name: 'second' })
  assert.equal(await whose(second), undefined)
  await addSecret('third', 'robot')
  const third = text((await read('third')).data?.token)
  await backend.delete({ ...accounts, name: 'robot' })
  await addAccount('robot')
  await settle()
  assert.equal(await whose(third), undefined, 'the account is another of that name')
})

test('token secrets go with their account, those of others and other secrets stay', async () => {
  using cluster = await stage()
  const { backend, addAccount, addSecret, isThere, settle } = cluster
  await addAccount('robot')
  await addAccount('other')
  await addSecret('a', 'robot')
  await addSecret('b', 'other')
  await backend.create(secrets, { metadata: { name: 'c', annotations: { 'kubernetes.io/service-account.name': 'robot' } } })
  await backend.delete({ ...accounts, name: 'robot' })
  await settle()
  assert.deepEqual([await isThere('a'), await isThere('b'), await isThere('c')], [false, true, true])
  await addSecret('late', 'nobody')
  assert.equal(await isThere('late'), false, 'there is no such account')
})

test('what is taken out of a token secret is put back, and an account names no secret that is gone', async () => {
  using cluster = await stage()
  const { backend, addAccount, addSecret, read, settle } = cluster
  await addAccount('robot', { secrets: [{ name: 'a' }, { name: 'b' }] })
  await addSecret('a', 'robot')
  await backend.patch({ ...secrets, name: 'a' }, 'application/merge-patch+json', { data: { token: null, 'ca.crt': 'eA==' } })
  await settle()
  const { data } = await read('a')
  assert.equal(text(data?.['ca.crt']), 'the CA')
  assert.ok(data?.token)
  await backend.delete({ ...secrets, name: 'a' })
  await settle()
  assert.deepEqual(((await backend.get({ ...accounts, name: 'robot' })) as { secrets?: unknown }).secrets, [{ name: 'b' }])
})

describe('a secret for a token', () => {
  const account = { metadata: { name: 'robot', uid: 'u1' } }
  const secret = (annotations: Record<string, string>, data: Record<string, string> = {}) => ({ metadata: { namespace: 'n', annotations }, data }) as Secret
  const whole = { token: 'dA==', namespace: 'bg==', 'ca.crt': Buffer.from('CA').toString('base64') }
  const uid = 'kubernetes.io/service-account.uid'
  const rows: [string, Secret, typeof account | undefined, string][] = [
    ['without its account: delete', secret({}), undefined, 'delete'],
    ['of another account of that name: delete', secret({ [uid]: 'u0' }, whole), account, 'delete'],
    ['with all it needs: keep', secret({ [uid]: 'u1' }, whole), account, 'keep'],
    ['that does not say which account: write', secret({}, whole), account, 'write'],
    ['with an old CA: write', secret({ [uid]: 'u1' }, { ...whole, 'ca.crt': 'b2xk' }), account, 'write'],
    ['without a token: write', secret({ [uid]: 'u1' }, { ...whole, token: '' }), account, 'write'],
  ]
  for (const [what, observed, owner, expected] of rows) it(what, () => assert.equal(judgeSecret(observed, owner, 'CA', () => 'made').type, expected))

  it('keeps the token and the namespace that it has', () => {
    const verdict = judgeSecret(secret({}, { ...whole, 'ca.crt': '' }), account, 'CA', () => 'made')
    assert.deepEqual(verdict.type === 'write' && verdict.secret.data, whole)
  })
})
