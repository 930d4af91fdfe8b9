import { mkdir } from 'node:fs/promises'
import type { PodPaths } from '../paths.ts'

/** Makes `<root>/pods/<uid>/{volumes,plugins,containers}` and the log directory. Undone by the clean-up. */
export async function makeDataDirectory(paths: PodPaths): Promise<void> {
  for (const directory of [paths.directory, paths.volumes, paths.plugins, paths.containers]) await mkdir(directory, { recursive: true, mode: 0o750 })
  await mkdir(paths.logs, { recursive: true, mode: 0o755 })
}
