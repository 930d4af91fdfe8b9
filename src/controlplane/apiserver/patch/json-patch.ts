import { isDeepStrictEqual } from 'node:util'
import { putOwn } from '../../../base/own.ts'
import { writeJson } from '../../../json/exact.ts'
import { badRequest, entityTooLarge, unprocessable } from '../rest/status-errors.ts'

type Json = Record<string, unknown>

// kube-apiserver: maxJSONPatchOperations, and the copies of one patch together (jsonpatch.AccumulatedCopySizeLimit = MaxRequestBodyBytes).
const maxOperations = 10_000
const maxCopiedBytes = 3 * 1024 * 1024

interface Operation {
  readonly op: string
  readonly path: string
  readonly from?: string
  readonly value?: unknown
}

/**
 * RFC 6902. Returns a new value; `target` is left as it was. A patch that does not apply is a 422, one that is no patch a 400,
 * one of too many operations a 413. All that it copies together is limited, so that no `copy` of copies outgrows the server.
 */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch))
    throw badRequest(`error decoding patch: json: cannot unmarshal ${patch === null ? 'null' : typeof patch} into Go value of type jsonpatch.Patch`)
  if (patch.length > maxOperations) throw entityTooLarge(`The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`)
  const document = new Patched(target)
  for (const operation of patch) document.apply(operationOf(operation))
  return document.root
}

function operationOf(given: unknown): Operation {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw badRequest('error decoding patch: json: cannot unmarshal the patch into Go value of type jsonpatch.Operation')
  const { op, path, from } = given as Json
  if (typeof op !== 'string' || typeof path !== 'string' || (from !== undefined && typeof from !== 'string')) throw unprocessable()
  return given as Operation
}

/** A document that shares with its origin all that was not changed: each container is copied once, before its first change. */
class Patched {
  root: unknown
  readonly #own = new WeakSet<object>()
  #copied = 0

  constructor(root: unknown) {
    this.root = root
  }

  apply({ op, path, from, value }: Operation): void {
    switch (op) {
      case 'add':
        return this.#add(parts(path), value)
      case 'remove':
        return void this.#remove(parts(path))
      case 'replace':
        return this.#replace(parts(path), value)
      case 'move': {
        if (from === undefined || path.startsWith(`${from}/`)) throw unprocessable()
        return this.#add(parts(path), this.#remove(parts(from)))
      }
      case 'copy':
        return this.#copy(from, path)
      case 'test':
        if (!isDeepStrictEqual(this.#get(parts(path)), value ?? null)) throw unprocessable()
        return
      default:
        throw unprocessable()
    }
  }

  #copy(from: string | undefined, path: string): void {
    if (from === undefined) throw unprocessable()
    const value = this.#get(parts(from))
    this.#copied += Buffer.byteLength(writeJson(value))
    if (this.#copied > maxCopiedBytes)
      throw unprocessable(`Unable to complete the copy, the accumulated size increase of copy is ${this.#copied}, exceeding the limit ${maxCopiedBytes}`)
    this.#add(parts(path), structuredClone(value))
  }

  #add(path: readonly string[], value: unknown): void {
    if (path.length === 0) {
      this.root = value
      return
    }
    const parent = this.#changeable(path.slice(0, -1))
    const key = path.at(-1) as string
    if (!Array.isArray(parent)) return putOwn(parent, key, value)
    const index = key === '-' ? parent.length : indexOf(key)
    if (index > parent.length) throw unprocessable()
    parent.splice(index, 0, value)
  }

  #remove(path: readonly string[]): unknown {
    const value = this.#get(path)
    if (path.length === 0) {
      this.root = null
      return value
    }
    const parent = this.#changeable(path.slice(0, -1))
    const key = path.at(-1) as string
    if (Array.isArray(parent)) parent.splice(indexOf(key), 1)
    else delete parent[key]
    return value
  }

  #replace(path: readonly string[], value: unknown): void {
    this.#get(path)
    if (path.length === 0) {
      this.root = value
      return
    }
    const parent = this.#changeable(path.slice(0, -1))
    const key = path.at(-1) as string
    if (Array.isArray(parent)) parent[indexOf(key)] = value
    else putOwn(parent, key, value)
  }

  #get(path: readonly string[]): unknown {
    return path.reduce<unknown>(childOf, this.root)
  }

  /** The container at `path`, copied before if it is the origin's. */
  #changeable(path: readonly string[]): Json | unknown[] {
    let at = this.#ownCopy(this.root)
    this.root = at
    for (const key of path) {
      const child = this.#ownCopy(childOf(at, key))
      if (Array.isArray(at)) at[indexOf(key)] = child
      else putOwn(at, key, child)
      at = child
    }
    return at
  }

  #ownCopy(value: unknown): Json | unknown[] {
    if (typeof value !== 'object' || value === null) throw unprocessable()
    if (this.#own.has(value)) return value as Json | unknown[]
    const copy = Array.isArray(value) ? [...(value as unknown[])] : { ...(value as Json) }
    this.#own.add(copy)
    return copy
  }
}

function childOf(parent: unknown, key: string): unknown {
  if (Array.isArray(parent)) {
    const index = indexOf(key)
    if (index >= parent.length) throw unprocessable()
    return parent[index]
  }
  if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, key)) throw unprocessable()
  return (parent as Json)[key]
}

/** A JSON pointer's parts. */
function parts(path: string): string[] {
  if (path === '') return []
  if (!path.startsWith('/')) throw unprocessable()
  return path
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function indexOf(key: string): number {
  if (!/^(?:0|[1-9]\d{0,9})$/.test(key)) throw unprocessable()
  return Number(key)
}
