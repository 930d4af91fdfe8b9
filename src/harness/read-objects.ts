import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseJson, writeJson } from '../json/exact.ts'
import type { KubeObject } from '../kube/objects.ts'
import { readYamlDocuments, type YamlDocument } from '../yaml/read-yaml.ts'

/** Objects as a test gives them: a file, a folder of files (`.yaml`, `.yml`, `.json`), or the object itself. */
export type GivenObjects = readonly (string | object)[]

/** Reads them. Throws a `TypeError` that names the file that cannot be read, or that has none of the kinds that are wanted of it. */
export async function readGiven(given: GivenObjects, wanted: (object: KubeObject) => boolean, what: string): Promise<KubeObject[]> {
  const objects: KubeObject[] = []
  for (const each of given) {
    const found = typeof each === 'string' ? await readPath(each) : [onTheWire(each)]
    const matching = found.filter(wanted)
    if (matching.length === 0) throw new TypeError(`${typeof each === 'string' ? each : JSON.stringify(found[0]?.kind ?? 'an object')} has no ${what}`)
    objects.push(...matching)
  }
  return objects
}

async function readPath(path: string): Promise<KubeObject[]> {
  try {
    if ((await stat(path)).isDirectory()) {
      const files = (await readdir(path)).filter((name) => /\.(ya?ml|json)$/.test(name)).sort()
      return (await Promise.all(files.map((name) => readPath(join(path, name))))).flat()
    }
    return objectsIn(await readFile(path, 'utf8'))
  } catch (error) {
    if (error instanceof TypeError && error.message.startsWith(path)) throw error
    throw new TypeError(`${path}: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}

/** The objects of a YAML text with any number of documents; those of a `List` one by one. */
export function objectsIn(text: string): KubeObject[] {
  let documents: readonly YamlDocument[]
  try {
    documents = readYamlDocuments(text)
  } catch (error) {
    throw new TypeError(`the YAML cannot be read: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
  return documents.flatMap(({ value, duplicates }) => {
    if (duplicates.length > 0) throw new TypeError(`the YAML cannot be read: ${duplicates.join(', ')}`)
    if (value === null) return []
    const { kind, apiVersion, items } = value as KubeObject & { items?: KubeObject[] }
    return kind === 'List' && apiVersion === 'v1' && Array.isArray(items) ? items : [value as KubeObject]
  })
}

/** As it goes over the wire: a client library's classes have dates, and fields that are undefined. */
export const onTheWire = (object: object): KubeObject => parseJson(writeJson(object)) as KubeObject
