import { rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type Logger, silentLogger } from '../base/log.ts'
import { splitPem } from '../base/pair-file.ts'
import { readStateFile, StateFileError, writeStateFile } from '../base/state-file.ts'
import { type Certificate, readCertificate } from './certificate.ts'

/**
 * Keeps a certificate with its key in one file, as a kubelet does: `<name>-<time>.pem`, and `<name>-current.pem` a link to the one in force.
 * Files are readable by their owner alone; a crash leaves the old one or the new one.
 */
export class CertificateStore {
  readonly #directory: string
  readonly #name: string

  /** `name` is `kubelet-client` or `kubelet-server`; the directory is absolute. */
  constructor(directory: string, name: string) {
    this.#directory = directory
    this.#name = name
  }

  get currentPath(): string {
    return join(this.#directory, `${this.#name}-current.pem`)
  }

  /** Undefined when there is none; one that cannot be used is set aside and told of. Throws `StateFileError` for what the system does not give. */
  current(log: Logger = silentLogger): Promise<Certificate | undefined> {
    const parse = (text: string) => {
      const { certificates, key } = splitPem(text)
      try {
        return readCertificate(certificates, key)
      } catch (cause) {
        throw new Error(`${this.currentPath} holds no certificate with its key: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
      }
    }
    return readStateFile(this.currentPath, parse, log)
  }

  /** Puts a new one in force; `now` (milliseconds since the epoch) is in its name. */
  async update(certPem: string, keyPem: string, now: number): Promise<Certificate> {
    const certificate = readCertificate(certPem, keyPem)
    const stamp = new Date(now).toISOString().slice(0, 19).replace(/[T:]/g, '-')
    const path = join(this.#directory, `${this.#name}-${stamp}.pem`)
    await writeStateFile(path, `${certPem.trimEnd()}\n${keyPem.trimEnd()}\n`)
    const link = join(this.#directory, `${this.#name}-updated.pem`)
    try {
      await rm(link, { recursive: true, force: true })
      await symlink(path, link)
      await rename(link, this.currentPath)
    } catch (cause) {
      throw new StateFileError('replaced', this.currentPath, cause)
    }
    return certificate
  }
}
