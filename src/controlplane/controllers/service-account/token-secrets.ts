import type { KubeObject, Secret } from '../../../kube/objects.ts'
import type { TokenSigner } from '../../apiserver/auth/tokens.ts'
import { unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { type Informer, type Informers, keyOf } from '../runtime/informer.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'

export type ServiceAccount = KubeObject & { readonly secrets?: readonly { readonly name?: string }[] }

export interface TokenSecretsOptions extends SchedulerOptions {
  readonly informers: Informers
  readonly caPem: string
  readonly signer: TokenSigner
}

const type = 'kubernetes.io/service-account-token'
const accountName = 'kubernetes.io/service-account.name'
const accountUid = 'kubernetes.io/service-account.uid'
// The one controller that kube-controller-manager runs under its own name.
const call = { fieldManager: 'kube-controller-manager', user: { name: 'system:kube-controller-manager', groups: ['system:authenticated'] } } as const

const isToken = (secret: Secret) => secret.type === type

/** `namespace/name` of the account that a secret is for. */
const accountOf = ({ metadata }: Secret) => `${metadata?.namespace ?? ''}/${metadata?.annotations?.[accountName] ?? ''}`

export type SecretVerdict = { readonly type: 'keep' } | { readonly type: 'delete' } | { readonly type: 'write'; readonly secret: Secret }

/** What becomes of a secret for a token: it goes without its account, and has what is missing filled in. */
export function judgeSecret(secret: Secret, account: ServiceAccount | undefined, caPem: string, token: () => string): SecretVerdict {
  const { uid } = account?.metadata ?? {}
  const { metadata, data } = secret
  const wanted = metadata?.annotations?.[accountUid]
  if (!uid || (wanted && wanted !== uid)) return { type: 'delete' }
  const ca = encode(caPem)
  if (data?.['ca.crt'] === ca && data.namespace && data.token && wanted) return { type: 'keep' }
  const next = { ...data, 'ca.crt': ca, namespace: data?.namespace || encode(metadata?.namespace ?? ''), token: data?.token || encode(token()) }
  return { type: 'write', secret: { ...secret, metadata: { ...metadata, annotations: { ...metadata?.annotations, [accountUid]: uid } }, data: next } }
}

const encode = (text: string) => Buffer.from(text).toString('base64')

/** kube-controller-manager's serviceaccount-token: secrets that are made for an account's token get it, and go with the account. */
export class TokenSecrets {
  readonly #options: TokenSecretsOptions
  readonly #secrets: Informer<Secret>
  readonly #accounts: Informer<ServiceAccount>

  constructor(options: TokenSecretsOptions) {
    const { clock, log, signal, informers } = options
    this.#options = options
    this.#secrets = informers.of<Secret>('secrets')
    this.#accounts = informers.of<ServiceAccount>('serviceaccounts')
    const queue = new KeyedQueue({ name: 'serviceaccount_tokens_secret', clock, log, signal, concurrency: 5, handle: (key) => this.#sync(key) })
    this.#secrets.onChange(({ object }) => isToken(object) && queue.add(keyOf(object)))
    this.#accounts.onChange(({ object, gone, previous }) => {
      if (!gone && previous?.metadata?.uid === object.metadata?.uid) return
      for (const secret of this.#secrets.inNamespace(object.metadata?.namespace ?? ''))
        if (isToken(secret) && accountOf(secret) === keyOf(object)) queue.add(keyOf(secret))
    })
  }

  async #sync(key: string): Promise<void> {
    const { backend, log, signer, caPem } = this.#options
    const [namespace = '', name = ''] = key.split('/')
    const secret = this.#secrets.get(key)
    if (!secret) return this.#unreference(namespace, name)
    const account = this.#accounts.get(accountOf(secret))
    if (secret.metadata?.deletionTimestamp) return
    const { name: accountName = '', uid = '' } = account?.metadata ?? {}
    const token = () => signer.issueForSecret({ namespace, serviceAccount: { name: accountName, uid }, secret: name })
    const verdict = judgeSecret(secret, account, caPem, token)
    const ref = { resource: 'secrets', namespace, name }
    if (verdict.type === 'write') await unless(backend.update(ref, verdict.secret, call))
    else if (verdict.type === 'delete') {
      const { uid: secretUid } = secret.metadata ?? {}
      await unless(backend.delete(ref, { preconditions: { ...(secretUid !== undefined && { uid: secretUid }) } }, call))
      log.info('a token secret is deleted, its service account does not exist', { secret: key })
    }
  }

  /** An account names no secret that is gone. */
  async #unreference(namespace: string, name: string): Promise<void> {
    for (const account of this.#accounts.inNamespace(namespace)) {
      if (!account.secrets?.some((each) => each.name === name)) continue
      const secrets = account.secrets.filter((each) => each.name !== name)
      await unless(
        this.#options.backend.update(
          { resource: 'serviceaccounts', namespace, name: account.metadata?.name ?? '' },
          { ...account, secrets } as KubeObject,
          call,
        ),
      )
    }
  }
}
