import { readFile } from 'node:fs/promises'
import type Docker from 'dockerode'
import { EngineError } from '../engine.ts'
import type { SecuritySettings } from '../settings.ts'
import type { EngineRights } from './rights.ts'

/** Security settings in Docker's names. Reads a seccomp profile given by path. Throws `invalid` when it cannot. */
export async function hostSecurity(security: SecuritySettings, rights: EngineRights): Promise<Docker.HostConfig> {
  const options: string[] = []
  if (security.noNewPrivileges) options.push('no-new-privileges')
  const seccomp = await seccompOption(security.seccompProfile)
  if (seccomp !== undefined) options.push(seccomp)
  const appArmor = security.appArmorProfile
  if (appArmor && appArmor !== 'runtime/default') options.push(`apparmor=${appArmor.replace(/^localhost\//, '')}`)
  for (const [part, value] of Object.entries(security.selinux ?? {})) {
    if (value) options.push(`label=${part}:${value}`)
  }
  return {
    ReadonlyRootfs: security.readOnlyRootFilesystem ?? false,
    CapAdd: security.capabilities?.add,
    CapDrop: security.capabilities?.drop,
    GroupAdd: security.supplementalGroups?.map(String),
    SecurityOpt: options,
    ...(security.maskedPaths && { MaskedPaths: [...security.maskedPaths] }),
    ...(security.readonlyPaths && { ReadonlyPaths: [...security.readonlyPaths] }),
    ...(security.privileged ? await rights.privileged() : {}),
  }
}

/** Docker's `User`; undefined leaves the image's. */
export function dockerUser(security: SecuritySettings): string | undefined {
  const { runAsUser, runAsGroup } = security
  if (runAsGroup === undefined) return runAsUser
  return `${runAsUser ?? ''}:${runAsGroup}`
}

// The API takes a profile's content; a path would be read by the docker command, not by the daemon.
async function seccompOption(profile: string | undefined): Promise<string | undefined> {
  if (profile === undefined || profile === '' || profile === 'runtime/default') return undefined
  if (profile === 'unconfined') return 'seccomp=unconfined'
  try {
    return `seccomp=${JSON.stringify(JSON.parse(await readFile(profile, 'utf8')))}`
  } catch (cause) {
    throw new EngineError('invalid', `cannot read the seccomp profile ${profile}: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}
