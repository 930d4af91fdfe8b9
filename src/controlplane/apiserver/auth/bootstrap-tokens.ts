import { randomInt, timingSafeEqual } from 'node:crypto'
import type { KubeObject, Secret } from '../../../kube/objects.ts'
import { unless } from '../../scheduler/follow.ts'
import type { ApiBackend } from '../rest/backend.ts'
import type { User } from './user.ts'

const namespace = 'kube-system'
const secretType = 'bootstrap.kubernetes.io/token'
/** kubeadm's group of nodes that join. */
const joiners = 'system:bootstrappers:kubeadm:default-node-token'
// kubeadm init: a token serves a day.
const lifeMs = 24 * 3600_000

/** The form of a bootstrap token: id and secret. */
export const bootstrapTokenPattern = /^([a-z0-9]{6})\.([a-z0-9]{16})$/

/** Who a bootstrap token is, by its Secret in kube-system (k8s.io/kubernetes `plugin/pkg/auth/authenticator/token/bootstrap`); undefined when it does not serve. */
export async function userOfBootstrapToken(token: string, backend: ApiBackend, now: number): Promise<User | undefined> {
  const [, id = '', secret = ''] = bootstrapTokenPattern.exec(token) ?? []
  const name = `bootstrap-token-${id}`
  const found = (await unless(backend.get({ resource: 'secrets', namespace, name }))) as Secret | undefined
  const field = (key: string) => Buffer.from(found?.data?.[key] ?? '', 'base64').toString()
  if (found?.type !== secretType || found.metadata?.deletionTimestamp || field('token-id') !== id || !same(field('token-secret'), secret)) return undefined
  if (field('usage-bootstrap-authentication') !== 'true') return undefined
  const expiration = field('expiration')
  // An unreadable time is one that has passed.
  if (expiration !== '' && !(Date.parse(expiration) > now)) return undefined
  const extra = field('auth-extra-groups')
    .split(',')
    .filter((group) => group.startsWith('system:bootstrappers:'))
  return { name: `system:bootstrap:${id}`, groups: ['system:bootstrappers', ...extra, 'system:authenticated'] }
}

/** Makes a token that nodes can join with for a day, as `kubeadm token create`. */
export async function makeBootstrapToken(backend: ApiBackend, now: number): Promise<string> {
  const id = word(6)
  const secret = word(16)
  const text = {
    'token-id': id,
    'token-secret': secret,
    'usage-bootstrap-authentication': 'true',
    'auth-extra-groups': joiners,
    expiration: `${new Date(now + lifeMs).toISOString().slice(0, 19)}Z`,
  }
  const data = Object.fromEntries(Object.entries(text).map(([key, value]) => [key, Buffer.from(value).toString('base64')]))
  await backend.create({ resource: 'secrets', namespace }, { metadata: { name: `bootstrap-token-${id}` }, type: secretType, data } as KubeObject)
  return `${id}.${secret}`
}

/** Removes tokens that have ended, as kube-controller-manager's tokencleaner. */
export async function dropEndedTokens(backend: ApiBackend, now: number): Promise<void> {
  const { items } = await backend.list({ resource: 'secrets', namespace }, { fieldSelector: `type=${secretType}` })
  for (const item of items as readonly Secret[]) {
    const ends = Date.parse(Buffer.from(item.data?.expiration ?? '', 'base64').toString())
    if (ends <= now) await unless(backend.delete({ resource: 'secrets', namespace, name: item.metadata?.name ?? '' }))
  }
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'
const word = (length: number) => Array.from({ length }, () => letters[randomInt(letters.length)]).join('')

function same(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  return one.length === other.length && timingSafeEqual(one, other)
}
