import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { ConfigError, type CredentialProvider } from './agent-config.ts'
import { parseDuration } from './duration.ts'
import { readDocument } from './read-document.ts'

export const credentialProviderVersions = ['v1', 'v1beta1', 'v1alpha1'].map((version) => `credentialprovider.kubelet.k8s.io/${version}`)

const duration = z.string().transform((text, context) => {
  const value = parseDuration(text)
  if (value !== undefined && value >= 0) return value
  context.addIssue({ code: 'custom', message: `${JSON.stringify(text)} is not a duration such as 10m` })
  return z.NEVER
})

const name = z
  .string()
  .min(1)
  .refine((text) => !/[/\s]/.test(text) && text !== '.' && text !== '..', 'must be the name of a program, without slashes and blanks')
const pattern = z
  .string()
  .refine((text) => text !== '' && URL.canParse(`https://${text.replaceAll('*', 'x').replaceAll('?', 'x')}`), 'must be a registry, such as *.example.com/team')

// Strict, as kubelet 1.32 decodes it: a field it does not know (tokenAttributes among them) is refused.
const provider = z.strictObject({
  name,
  matchImages: z.array(pattern).min(1, 'must have at least one pattern'),
  defaultCacheDuration: duration,
  apiVersion: z.string().refine((text) => credentialProviderVersions.includes(text), `must be one of ${credentialProviderVersions.join(', ')}`),
  args: z.array(z.string()).nullish(),
  env: z.array(z.strictObject({ name: z.string().min(1), value: z.string().default('') })).nullish(),
})
const schema = z.strictObject({
  apiVersion: z.enum(['kubelet.config.k8s.io/v1', 'kubelet.config.k8s.io/v1beta1', 'kubelet.config.k8s.io/v1alpha1']),
  kind: z.literal('CredentialProviderConfig'),
  providers: z.array(provider).min(1, 'must have at least one provider'),
})

/** Reads a CredentialProviderConfig; every program must be in `binDirectory`. Throws `ConfigError` naming the file, the field and what is wrong. */
export function readCredentialProviders(path: string, binDirectory: string): readonly CredentialProvider[] {
  const source = `--image-credential-provider-config ${path}`
  const { providers } = readDocument(source, path, schema)
  const twice = providers.find((each, index) => providers.findIndex((other) => other.name === each.name) !== index)
  if (twice) throw new ConfigError(`${source}: providers: ${twice.name} is there twice; give each provider a name of its own`)
  return providers.map((each) => {
    const program = resolve(binDirectory, each.name)
    if (!existsSync(program)) throw new ConfigError(`${source}: there is no program ${program}; put it into the --image-credential-provider-bin-dir`)
    const { matchImages, defaultCacheDuration: defaultCacheDurationMs, apiVersion } = each
    return { name: each.name, program, matchImages, defaultCacheDurationMs, apiVersion, args: each.args ?? [], env: each.env ?? [] }
  })
}
