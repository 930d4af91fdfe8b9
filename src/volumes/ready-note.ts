import { access, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeDirectory } from '../base/make-directory.ts'
import { pluginDirectory } from './directories.ts'

/**
 * Where a volume's set-up is noted as done, to its last file's owner; the kubelet's `<pod>/plugins/<plugin>/<name>/ready`. A mount alone does not say so: the
 * agent may have died right after it, or a walk through the volume may have failed half-way.
 */
export const readyNote = (podDirectory: string, plugin: string, name: string): string => join(pluginDirectory(podDirectory, plugin, name), 'ready')

export async function isReady(note: string): Promise<boolean> {
  return access(note).then(
    () => true,
    () => false,
  )
}

export async function markReady(note: string): Promise<void> {
  await makeDirectory(dirname(note), 0o750)
  await writeFile(note, '')
}
