/** The `imageID` of a status: by digest when the image has one from a registry. */
export function statusImageId(id: string, repoDigests: readonly string[] | undefined): string {
  const digest = repoDigests?.[0]
  return digest === undefined ? `docker://${id}` : `docker-pullable://${digest}`
}

/** What a status calls an image. */
export interface ImageNames {
  readonly statusId: string
  /** The first of its names; undefined of one that has none. */
  readonly tag: string | undefined
}
