import { EngineError } from './engine.ts'

const reference = /^[A-Za-z0-9][\w.:@/-]*$/

/** Throws `invalid-image-name` for what is no reference: it goes into the path of a request. */
export function checkReference(name: string): string {
  if (!reference.test(name) || name.includes('//') || /(^|\/)\.{1,2}(\/|$)/.test(name)) {
    throw new EngineError('invalid-image-name', `${JSON.stringify(name)} is not an image reference: write [registry/]name[:tag][@digest]`)
  }
  return name
}

/** With `:latest` where there is neither tag nor digest: Docker would pull every tag. */
export function withTag(name: string): string {
  const last = name.slice(name.lastIndexOf('/') + 1)
  return last.includes(':') || name.includes('@') ? name : `${name}:latest`
}
