import type { z } from 'zod'
import { readRegularFileSync } from '../base/regular-file.ts'
import { readYaml } from '../yaml/read-yaml.ts'
import { ConfigError } from './agent-config.ts'

/** Reads a YAML file of that shape. `source` names it in messages, as `--config /etc/kubelet.yaml`. Throws `ConfigError` naming the file, the field and what is wrong. */
export const readDocument = <Schema extends z.ZodType>(source: string, path: string, schema: Schema): z.infer<Schema> =>
  checkDocument(source, loadDocument(source, path), schema)

/** What a YAML file holds. Throws `ConfigError`. */
export function loadDocument(source: string, path: string): unknown {
  try {
    return readYaml(readRegularFileSync(path))
  } catch (cause) {
    const what = cause instanceof Error ? cause.message.replaceAll(/\n\s*/g, ' ') : String(cause)
    throw new ConfigError(`${source}: ${what}; give a readable YAML file`, { cause })
  }
}

/** The document as its shape has it. Throws `ConfigError` naming the field by its path. */
export function checkDocument<Schema extends z.ZodType>(source: string, document: unknown, schema: Schema): z.infer<Schema> {
  const result = schema.safeParse(document)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = issue?.path.join('.') ?? ''
  if (issue?.code === 'unrecognized_keys') {
    const field = [...issue.path, issue.keys[0]].join('.')
    throw new ConfigError(`${source}: ${field}: there is no such field; see docs/flags.md for those that are`)
  }
  throw new ConfigError(`${source}: ${path || 'document'}: ${issue?.message ?? 'not valid'}`)
}
