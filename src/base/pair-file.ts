import { createPrivateKey, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import type { Logger } from './log.ts'
import { readStateFile, setAside, writeStateFile } from './state-file.ts'

/** A certificate (its chain behind it) and its private key, both PEM. */
export interface PemPair {
  readonly certPem: string
  readonly keyPem: string
}

export interface KeptPair {
  readonly log: Logger
  /** Whether a pair that is there still serves. It is replaced without a word where it does not. */
  readonly serves: (pair: PemPair) => boolean
  readonly make: () => Promise<PemPair>
}

const block = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g

/** The certificates and the key of a PEM text. */
export function splitPem(text: string): { readonly certificates: string; readonly key: string } {
  const blocks = text.match(block) ?? []
  const isKey = (each: string) => /^-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(each)
  const lines = (found: readonly string[]) => found.map((each) => `${each}\n`).join('')
  return { certificates: lines(blocks.filter((each) => !isKey(each))), key: lines(blocks.filter(isKey).slice(0, 1)) }
}

/** Throws when one of them cannot be read, or they do not belong together. */
export function checkPair({ certPem, keyPem }: PemPair): void {
  if (!new X509Certificate(certPem).checkPrivateKey(createPrivateKey(keyPem))) throw new Error('the key is not the one of the certificate')
}

/**
 * The pair in `<name>.key` and `<name>.crt` of a directory, made where there is none that serves. The file of the key holds the certificate too: it alone is
 * what counts, so that both are replaced in one step; the other is for those who want the certificate. What is damaged is set aside. Throws `StateFileError`.
 */
export async function keptPair(directory: string, name: string, { log, serves, make }: KeptPair): Promise<PemPair> {
  const key = join(directory, `${name}.key`)
  const crt = join(directory, `${name}.crt`)
  const shown = await readStateFile(crt, certificateOf, log)
  const kept = await readStateFile(
    key,
    (text) => {
      const { certificates, key: keyPem } = splitPem(text)
      if (keyPem === '') throw new Error('it holds no private key')
      createPrivateKey(keyPem)
      // Before both were in one file, or put there by somebody.
      return { certPem: certificates === '' ? shown : certificates, keyPem }
    },
    log,
  )
  const pair = kept?.certPem === undefined ? undefined : await matching({ certPem: kept.certPem, keyPem: kept.keyPem }, key, crt, log)
  if (pair && serves(pair)) {
    if (shown !== pair.certPem) await writeStateFile(crt, pair.certPem)
    return pair
  }
  const made = await make()
  checkPair(made)
  await writeStateFile(key, `${made.keyPem.trimEnd()}\n${made.certPem.trimEnd()}\n`)
  await writeStateFile(crt, `${made.certPem.trimEnd()}\n`)
  return { certPem: `${made.certPem.trimEnd()}\n`, keyPem: `${made.keyPem.trimEnd()}\n` }
}

function certificateOf(text: string): string {
  const { certificates } = splitPem(text)
  if (certificates === '') throw new Error('it holds no certificate')
  new X509Certificate(certificates)
  return certificates
}

async function matching(pair: PemPair, key: string, crt: string, log: Logger): Promise<PemPair | undefined> {
  try {
    checkPair(pair)
    return pair
  } catch (cause) {
    const error = cause instanceof Error ? cause.message : String(cause)
    const aside = [await setAside(key), await setAside(crt).catch(() => undefined)].filter((each) => each !== undefined)
    log.warn('a certificate and its key do not belong together; both are set aside and made anew', { file: key, error, aside })
    return undefined
  }
}
