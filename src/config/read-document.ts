import type { z } from 'zod'
import { readRegularFileSync } from '../base/regular-file.ts'
import { readYaml } from '../yaml/read-yaml.ts'
import { ConfigError } from './agent-config.ts'

/** Reads a YAML file of that shape. `source` names it in messages, as `--config /etc/kubelet.yaml`. Throws `ConfigError` naming the file, the field and what is wrong. */
export function readDocument<Schema extends z.ZodType>(source: string, path: string, schema: Schema): z.infer<Schema> {
  let document: unknown
  try {
    document = readYaml(readRegularFileSync(path))
  } catch (cause) {
    const what = cause instanceof Error ? cause.message.replaceAll(/\n\s*/g, ' ') : String(cause)
    throw new ConfigError(`${source}: ${what}; give a readable YAML file`, { cause })
  }
  const result = schema.safeParse(document)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new ConfigError(`${source}: ${issue?.path.join('.') || 'document'}: ${issue?.message ?? 'not valid'}`)
}
