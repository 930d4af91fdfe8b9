import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

/** Test files by what they share: those of `together` may run beside each other, those of `alone` may not. */
export interface Lanes {
  readonly together: readonly string[]
  readonly alone: readonly string[]
}

/** Folders whose tests start programs, engines or whole clusters, or look at what the whole process does. */
const wholes = ['agent', 'bench', 'chaos', 'cli', 'connections', 'contract', 'e2e', 'fuzz', 'harness', 'soak']
/** What tests that need the machine to themselves import: the engines that they share, and what measures time. */
const exclusive =
  /test\/support\/(browser|containerd|dockerd|docker-model|images|kubectl|live-node|longest-turn|podsteward|registry|small-disk|test-docker)\.ts$/

/** Sorts test files (absolute paths) by their folders and by what they import, however far. */
export function lanesOf(files: readonly string[], root: string): Lanes {
  const known = new Map<string, boolean>()
  const lanes = Map.groupBy(files, (file) => {
    const [, folder = ''] = relative(root, file).split('/')
    return wholes.includes(folder) || needsAll(file, known) ? 'alone' : 'together'
  })
  return { together: lanes.get('together') ?? [], alone: lanes.get('alone') ?? [] }
}

/** The test files that are meant by paths or globs; all of them when there are none. */
export function testFiles(patterns: readonly string[], root: string): readonly string[] {
  const asked = patterns.length > 0 ? patterns.map((pattern) => resolve(pattern)) : [join(root, 'test/**/*.test.ts')]
  return [...new Set(asked.flatMap((pattern) => globSync(pattern, { exclude: (name) => name.endsWith('node_modules') })))].sort()
}

function needsAll(file: string, known: Map<string, boolean>): boolean {
  if (exclusive.test(file)) return true
  const before = known.get(file)
  if (before !== undefined) return before
  known.set(file, false)
  const imports = [...readFileSync(file, 'utf8').matchAll(/(?:from|import) '(\.[^']*\.ts)'/g)].map(([, path = '']) => resolve(dirname(file), path))
  // What the program itself imports is not looked at: a test of it names what it shares.
  const needs = imports.some((path) => path.includes('/test/') && needsAll(path, known))
  known.set(file, needs)
  return needs
}
