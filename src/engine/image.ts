/** An image that is present. `createdAt` in wall-clock milliseconds. */
export interface ImageState {
  /** `sha256:…` */
  readonly id: string
  readonly repoTags: readonly string[]
  readonly repoDigests: readonly string[]
  readonly sizeBytes: number
  readonly createdAt: number
  /** The image's own `USER`, split: numeric id or name. Empty: root. */
  readonly user: string
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly workingDir: string
}

/** With what a registry is asked: a name and password, or one of the tokens. */
export interface RegistryCredential {
  readonly username?: string
  readonly password?: string
  readonly identityToken?: string
  readonly registryToken?: string
  readonly serverAddress?: string
}
