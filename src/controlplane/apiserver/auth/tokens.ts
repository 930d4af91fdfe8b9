import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomUUID, sign, verify } from 'node:crypto'

/** What a service account token says, in the real token's claim names. */
export interface TokenClaims {
  readonly aud: readonly string[]
  /** Seconds since the epoch. */
  readonly exp: number
  readonly iat: number
  readonly nbf: number
  readonly iss: string
  readonly jti: string
  readonly sub: string
  readonly 'kubernetes.io': {
    readonly namespace: string
    readonly serviceaccount: ObjectName
    readonly pod?: ObjectName
    readonly node?: ObjectName
    readonly secret?: ObjectName
    readonly warnafter?: number
  }
}

interface ObjectName {
  readonly name: string
  readonly uid: string
}

export interface TokenRequest {
  readonly namespace: string
  readonly serviceAccount: ObjectName
  readonly pod?: ObjectName
  readonly node?: ObjectName
  readonly secret?: ObjectName
  readonly audiences: readonly string[]
  readonly expirationSeconds: number
}

/** What the token of a secret says: it has no end, and is for the API server. */
export interface SecretTokenClaims {
  readonly iss: string
  readonly sub: string
  readonly 'kubernetes.io/serviceaccount/namespace': string
  readonly 'kubernetes.io/serviceaccount/secret.name': string
  readonly 'kubernetes.io/serviceaccount/service-account.name': string
  readonly 'kubernetes.io/serviceaccount/service-account.uid': string
}

// The issuer of kube-controller-manager's tokens in secrets.
const secretIssuer = 'kubernetes/serviceaccount'

/** The issuer, and the audience of the API server itself. */
export const defaultIssuer = 'https://kubernetes.default.svc'

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Signs and verifies service account tokens (JWT, ES256). */
export class TokenSigner {
  readonly #private: KeyObject
  readonly #public: KeyObject
  readonly #keyId: string

  /** `keyPem` is an EC P-256 private key. */
  constructor(keyPem: string) {
    this.#private = createPrivateKey(keyPem)
    this.#public = createPublicKey(this.#private)
    this.#keyId = createHash('sha256')
      .update(this.#public.export({ type: 'spki', format: 'der' }))
      .digest('base64url')
  }

  /** The public key as a JWK set (`/openid/v1/jwks`). */
  jwks(): { readonly keys: readonly unknown[] } {
    return { keys: [{ use: 'sig', kid: this.#keyId, alg: 'ES256', ...this.#public.export({ format: 'jwk' }) }] }
  }

  /** `now` in milliseconds since the epoch. */
  issue(request: TokenRequest, now: number): string {
    const seconds = Math.floor(now / 1000)
    const { namespace, serviceAccount, pod, node, secret } = request
    const claims: TokenClaims = {
      aud: request.audiences,
      exp: seconds + request.expirationSeconds,
      iat: seconds,
      iss: defaultIssuer,
      jti: randomUUID(),
      'kubernetes.io': { namespace, serviceaccount: serviceAccount, ...(pod && { pod }), ...(node && { node }), ...(secret && { secret }) },
      nbf: seconds,
      sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    }
    return this.#sign(claims)
  }

  /** The token that a secret of type `kubernetes.io/service-account-token` holds; `secret` is its name. */
  issueForSecret({ namespace, serviceAccount, secret }: { namespace: string; serviceAccount: ObjectName; secret: string }): string {
    const claims: SecretTokenClaims = {
      iss: secretIssuer,
      'kubernetes.io/serviceaccount/namespace': namespace,
      'kubernetes.io/serviceaccount/secret.name': secret,
      'kubernetes.io/serviceaccount/service-account.name': serviceAccount.name,
      'kubernetes.io/serviceaccount/service-account.uid': serviceAccount.uid,
      sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    }
    return this.#sign(claims)
  }

  /** The claims of a token that we signed and that is in force, else undefined. */
  verify(token: string, now: number): TokenClaims | undefined {
    const claims = this.#open(token) as TokenClaims | undefined
    return claims && claims.exp * 1000 > now && claims.nbf * 1000 <= now + 60_000 ? claims : undefined
  }

  /** The claims of a secret's token that we signed, else undefined. */
  verifyOfSecret(token: string): SecretTokenClaims | undefined {
    const claims = this.#open(token) as SecretTokenClaims | undefined
    return claims?.iss === secretIssuer ? claims : undefined
  }

  #sign(claims: unknown): string {
    const content = `${encode({ alg: 'ES256', kid: this.#keyId })}.${encode(claims)}`
    const signature = sign('sha256', Buffer.from(content), { key: this.#private, dsaEncoding: 'ieee-p1363' })
    return `${content}.${signature.toString('base64url')}`
  }

  #open(token: string): unknown {
    const parts = token.split('.')
    const [header, payload, signature] = parts
    if (parts.length !== 3 || !header || !payload || !signature) return undefined
    const key = { key: this.#public, dsaEncoding: 'ieee-p1363' } as const
    if (!verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))) return undefined
    return JSON.parse(Buffer.from(payload, 'base64url').toString())
  }
}
