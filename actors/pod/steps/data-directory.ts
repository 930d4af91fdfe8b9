import { makeDirectorySync } from '../../../src/base/make-directory.ts'
import { nameFits, type PodPaths } from '../paths.ts'

/**
 * Makes `<root>/pods/<uid>/{volumes,plugins,containers}` and the log directory. Undone by the clean-up. Throws what mkdir(2) gives, with the path.
 * Synchronous: it takes less than the way to a thread and back, and pods come to what they share (the queue of pulls) in the order they came in.
 */
export function makeDataDirectory(paths: PodPaths): void {
  for (const directory of [paths.directory, paths.volumes, paths.plugins, paths.containers]) makeDirectorySync(directory, 0o750)
  // What is too long for a file is told of by the sandbox, as the kubelet does.
  if (nameFits(paths.logs)) makeDirectorySync(paths.logs, 0o755)
}
