import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { ConfigError } from './agent-config.ts'
import { warningsOf } from './fates/taken-fields.ts'
import { type KubeletConfiguration, kubeletFields } from './kubelet-fields.ts'
import { notEnforced } from './parse-values.ts'
import { checkDocument, loadDocument } from './read-document.ts'

/** What a file and its drop-ins say together. */
export interface ReadConfiguration {
  readonly configuration: KubeletConfiguration
  /** A line for each field that is taken and not done. */
  readonly warnings: readonly string[]
}

export const defaultEvictionHard: Readonly<Record<string, string>> = {
  'memory.available': '100Mi',
  'nodefs.available': '10%',
  'nodefs.inodesFree': '5%',
  'imagefs.available': '15%',
  'imagefs.inodesFree': '5%',
}

type Json = Readonly<Record<string, unknown>>
const head = z.looseObject({ apiVersion: kubeletFields.shape.apiVersion, kind: kubeletFields.shape.kind })

/**
 * Reads a KubeletConfiguration file, and the drop-ins of a directory over it: `*.conf` in it and below it, in lexical order, each a JSON merge patch
 * (maps by their keys, lists replaced). Throws `ConfigError` naming the file, the field and what is wrong.
 */
export function readKubeletConfiguration(path: string | undefined, directory?: string): ReadConfiguration {
  const empty: Json = { apiVersion: head.shape.apiVersion.value, kind: head.shape.kind.value }
  let document: Json = path === undefined ? empty : withEvictionDefaults(read(`--config ${path}`, path))
  for (const file of directory === undefined ? [] : dropIns(directory)) document = merge(document, read(`--config-dir ${file}`, file)) as Json
  const source = path === undefined ? `--config-dir ${directory}` : `--config ${path}`
  const configuration = checkDocument(source, document, kubeletFields)
  return { configuration, warnings: [...warningsOf(document), ...notEnforced('enforceNodeAllocatable', configuration.enforceNodeAllocatable ?? [])] }
}

/** Each file is right by itself, so that what is wrong is told of the file that it is in. */
function read(source: string, path: string): Json {
  const document = loadDocument(source, path)
  checkDocument(source, document, kubeletFields)
  return document as Json
}

/** kubelet 1.36: with mergeDefaultEvictionSettings signals that the file leaves out keep their defaults. It looks at --config alone. */
function withEvictionDefaults(document: Json): Json {
  if (document.mergeDefaultEvictionSettings !== true) return document
  return { ...document, evictionHard: { ...defaultEvictionHard, ...(document.evictionHard as Json | undefined) } }
}

/** As Go's filepath.WalkDir goes: by name, into a directory where it stands among the others. */
function dropIns(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) => {
        const path = join(directory, entry.name)
        return entry.isDirectory() ? dropIns(path) : entry.name.endsWith('.conf') ? [path] : []
      })
  } catch (cause) {
    throw new ConfigError(`--config-dir: ${cause instanceof Error ? cause.message : cause}; give a directory of *.conf files`, { cause })
  }
}

/** RFC 7386. */
function merge(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch
  const merged = new Map(Object.entries(isMap(target) ? target : {}))
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key)
    else merged.set(key, merge(merged.get(key), value))
  }
  return Object.fromEntries(merged)
}

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
