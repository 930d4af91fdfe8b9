import { lstatSync } from 'node:fs'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { dirname, join } from 'node:path'
import { makeDirectorySync } from '../base/make-directory.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** By then the agent and its first pods have run once. What has not run for long is no longer there to be written, and an agent that is killed writes nothing as it ends. */
const writeAfterMs = 60_000

/**
 * Where Node may keep what it compiled of this program: systemd's CacheDirectory, /var/cache of root, and a user's own cache (XDG Base Directory
 * Specification). Undefined where there is no such place, and where the user has named one or wants none: Node heeds that by itself.
 */
export function codeCacheDirectory(environment: Environment, uid = process.geteuid?.()): string | undefined {
  const { NODE_COMPILE_CACHE, NODE_DISABLE_COMPILE_CACHE, CACHE_DIRECTORY, XDG_CACHE_HOME, HOME } = environment
  if (uid === undefined || NODE_COMPILE_CACHE || NODE_DISABLE_COMPILE_CACHE) return undefined
  const absolute = (path: string | undefined) => (path?.startsWith('/') ? path : undefined)
  const given = absolute(CACHE_DIRECTORY?.split(':')[0])
  if (given !== undefined) return join(given, 'code')
  const home = absolute(HOME)
  const caches = uid === 0 ? '/var/cache' : (absolute(XDG_CACHE_HOME) ?? (home === undefined ? undefined : join(home, '.cache')))
  return caches === undefined ? undefined : join(caches, 'podsteward', 'code')
}

interface Found {
  isDirectory(): boolean
  readonly mode: number
  readonly uid: number
}

/** Whether nobody but root and this user may write there or put another in its place: what lies there is run. It is this user's alone, and it and all above it are directories and no links. */
export function isKeptFromOthers(path: string, uid = process.geteuid?.(), look: (path: string) => Found = lstatSync): boolean {
  const kept = (each: string): boolean => {
    const found = look(each)
    if (!found.isDirectory() || (found.uid !== 0 && found.uid !== uid) || (found.mode & 0o022) !== 0) return false
    return dirname(each) === each || kept(dirname(each))
  }
  const { uid: owner, mode } = look(path)
  return owner === uid && (mode & 0o077) === 0 && kept(path)
}

function isUsable(directory: string): boolean {
  try {
    makeDirectorySync(directory, 0o700)
    return isKeptFromOthers(directory)
  } catch {
    // No place to write to is no fault: the program is compiled each time.
    return false
  }
}

/** `environment`, with the directory in it that Node keeps compiled code in, where there is one that may be used. */
export function withCodeCache(environment: Environment): Environment {
  const directory = codeCacheDirectory(environment)
  return directory !== undefined && isUsable(directory) ? { ...environment, NODE_COMPILE_CACHE: directory } : environment
}

/** From now on Node keeps what it compiles, and what it makes of TypeScript, for the next start: of this thread and of those that it begins. To be called before anything is loaded. */
export function keepCompiledCode(environment: NodeJS.ProcessEnv): void {
  const directory = withCodeCache(environment).NODE_COMPILE_CACHE
  // One that the user has named is in use already.
  if (directory === undefined || directory === environment.NODE_COMPILE_CACHE) return
  enableCompileCache(directory)
  // Threads take it from here.
  environment.NODE_COMPILE_CACHE = directory
  setTimeout(flushCompileCache, writeAfterMs).unref()
}
