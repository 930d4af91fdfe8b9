import type { Volume } from '../../kube/objects.ts'
import { selectorText } from '../../kube/selector-text.ts'
import type { Payload } from '../atomic-writer.ts'
import type { VolumeContext } from '../volume.ts'

type Projected = NonNullable<Volume['projected']>
type Source = NonNullable<NonNullable<Projected['sources']>[number]['clusterTrustBundle']>

/** Trust anchors of the cluster as one file. None at all fails the volume, unless they are optional: the file is then empty. */
export async function projectTrustBundle(context: VolumeContext, source: Source, mode: number): Promise<Payload> {
  const { name, signerName, labelSelector, optional, path } = source
  const pem = await context.sources.trustBundle(name ? { name } : { signerName, selector: labelSelector && selectorText(labelSelector) })
  if (pem === '' && !optional)
    throw new Error(
      name ? `ClusterTrustBundle ${JSON.stringify(name)} not found` : 'combination of signerName and labelSelector matched zero ClusterTrustBundles',
    )
  return new Map([[path, { data: Buffer.from(pem), mode }]])
}
