import { join } from 'node:path'
import { readRegularFile } from '../base/regular-file.ts'
import { type AuthEntries, parseDockerConfig } from './registry-credentials.ts'

/** Where a Docker configuration may be, in the order of looking. */
export interface DockerConfigPlaces {
  /** Of `config.json`. */
  readonly json: readonly string[]
  /** Of the older `.dockercfg`. */
  readonly legacy: readonly string[]
}

/** kubelet 1.32's places: its own directory, the working directory, the home, the root. */
export function dockerConfigPlaces(rootDirectory: string, workingDirectory: string, home: string | undefined): DockerConfigPlaces {
  const homes = home ? [home] : []
  return {
    json: [rootDirectory, workingDirectory, ...homes.map((each) => join(each, '.docker')), '/.docker'].map((each) => join(each, 'config.json')),
    legacy: [rootDirectory, workingDirectory, ...homes, '/'].map((each) => join(each, '.dockercfg')),
  }
}

/** The first file that can be read and is one, a `config.json` before any `.dockercfg`; `refused` is told of files that are there and are not. Read anew each time: whoever logs in is heard at once. */
export async function readNodeDockerConfig(places: DockerConfigPlaces, refused: (path: string, why: string) => void): Promise<AuthEntries> {
  for (const [path, wrapped] of [...places.json.map((each) => [each, true] as const), ...places.legacy.map((each) => [each, false] as const)]) {
    try {
      const entries = parseDockerConfig(await readRegularFile(path), wrapped)
      if (entries) return entries
      refused(path, 'it is not a Docker configuration')
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' && code !== 'ENOTDIR') refused(path, code ?? message)
    }
  }
  return {}
}
