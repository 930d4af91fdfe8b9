import { createHash } from 'node:crypto'
import { elfExecutable } from './elf.ts'
import { type PauseArchitecture, pauseProgram } from './pause-program.ts'
import { tarArchive } from './tar.ts'

/** Reference of the agent's own pause image. */
export const pauseImageReference = 'podsteward.io/pause:1'

/** A file system of `/pause` alone. */
export interface PauseImage {
  readonly reference: string
  /** `sha256:…` of the configuration: the same on every node of one architecture. */
  readonly id: string
  /** As `docker save` writes images; for `POST /images/load`. */
  readonly archive: Buffer
  /** The configuration, JSON. */
  readonly config: Buffer
  /** The one layer, a tar archive. */
  readonly layer: Buffer
}

const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')

/** Builds the pause image in memory; nothing is fetched. */
export function buildPauseImage(architecture: PauseArchitecture): PauseImage {
  const program = elfExecutable(architecture, pauseProgram(architecture))
  const layer = tarArchive([{ path: 'pause', mode: 0o755, type: 'file', content: program }])
  const config = Buffer.from(
    JSON.stringify({
      architecture,
      os: 'linux',
      created: '1970-01-01T00:00:00Z',
      config: { Entrypoint: ['/pause'] },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'podsteward' }],
    }),
  )
  const id = sha256(config)
  const manifest = [{ Config: `${id}.json`, RepoTags: [pauseImageReference], Layers: ['layer.tar'] }]
  const archive = tarArchive([
    { path: `${id}.json`, mode: 0o644, type: 'file', content: config },
    { path: 'layer.tar', mode: 0o644, type: 'file', content: layer },
    { path: 'manifest.json', mode: 0o644, type: 'file', content: Buffer.from(JSON.stringify(manifest)) },
  ])
  return { reference: pauseImageReference, id: `sha256:${id}`, archive, config, layer }
}
