import json
import sys

from kubernetes import client, config, watch
from kubernetes.dynamic import DynamicClient

config.load_kube_config(sys.argv[1])
core, apps, batch = client.CoreV1Api(), client.AppsV1Api(), client.BatchV1Api()
said = {}
said["nodes"] = [node.metadata.name for node in core.list_node().items]
core.create_namespaced_config_map("default", client.V1ConfigMap(metadata=client.V1ObjectMeta(name="py"), data={"a": "1"}))
events = watch.Watch().stream(core.list_namespaced_config_map, "default", field_selector="metadata.name=py", timeout_seconds=1)
said["watched"] = [[event["type"], event["object"].metadata.name] for event in events]
said["patched"] = core.patch_namespaced_config_map("py", "default", {"data": {"b": "2"}}).data
said["deleted"] = core.delete_namespaced_config_map("py", "default").status
container = client.V1Container(name="c", image="i")
template = client.V1PodTemplateSpec(metadata=client.V1ObjectMeta(labels={"a": "b"}), spec=client.V1PodSpec(containers=[container]))
spec = client.V1DeploymentSpec(replicas=1, selector=client.V1LabelSelector(match_labels={"a": "b"}), template=template)
apps.create_namespaced_deployment("default", client.V1Deployment(metadata=client.V1ObjectMeta(name="py"), spec=spec))
said["scaled"] = apps.patch_namespaced_deployment_scale("py", "default", {"spec": {"replicas": 3}}).spec.replicas
once = client.V1PodTemplateSpec(spec=client.V1PodSpec(restart_policy="Never", containers=[container]))
job = batch.create_namespaced_job("default", client.V1Job(metadata=client.V1ObjectMeta(name="py"), spec=client.V1JobSpec(template=once)))
said["backoffLimit"] = job.spec.backoff_limit
names = {"plural": "pys", "kind": "Py", "singular": "py"}
schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
version = {"name": "v1", "served": True, "storage": True, "schema": schema}
definition = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "pys.example.com"},
    "spec": {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]},
}
client.ApiextensionsV1Api().create_custom_resource_definition(definition)
for event in watch.Watch().stream(client.ApiextensionsV1Api().list_custom_resource_definition, timeout_seconds=10):
    if any(c.type == "Established" and c.status == "True" for c in event["object"].status.conditions or []):
        break
custom = {"apiVersion": "example.com/v1", "kind": "Py", "metadata": {"name": "x"}, "spec": {"size": 1}}
said["custom"] = client.CustomObjectsApi().create_namespaced_custom_object("example.com", "v1", "default", "pys", custom)["spec"]
dynamic = DynamicClient(client.ApiClient())
said["dynamic"] = [each.metadata.name for each in dynamic.resources.get(api_version="example.com/v1", kind="Py").get(namespace="default").items]
try:
    core.create_namespaced_pod("default", {"metadata": {"name": "UPPER"}, "spec": {"containers": [{"name": "c", "image": "i"}]}})
except client.ApiException as error:
    said["refused"] = [error.status, json.loads(error.body)["details"]["causes"][0]["field"]]
print(json.dumps(said))
