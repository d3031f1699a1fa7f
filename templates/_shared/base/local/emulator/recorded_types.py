"""The types that are recorded only: the property that names them, what `Ref` returns, and what `GetAtt` can ask for.

In the texts stand {name}, {id} (made up, the same for the same resource), {arn} with the type's own ending, {account},
{region}, and {host}: a name below `.invalid`, which leads nowhere by definition.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Recorded:
    """A type that is recorded only.

    Attributes:
        name: the property that names a resource; without one, or when it is left out, a name is made up.
        ref: what `Ref` returns.
        arn: how its ARN ends, after the account.
        attributes: what `GetAtt` returns.
    """

    name: str = "Name"
    ref: str = "{name}"
    arn: str = "{name}"
    attributes: dict[str, str] = field(default_factory=dict)


_ARN = {"Arn": "{arn}"}
_ID = {"Id": "{id}"}


def _by_id(attributes: dict[str, str] | None = None) -> Recorded:
    return Recorded(name="", ref="{id}", attributes=_ID if attributes is None else attributes)


TYPES: dict[str, Recorded] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": _by_id(),
    "AWS::ApplicationAutoScaling::ScalingPolicy": Recorded(
        "PolicyName", "{arn}", "scalingPolicy:{id}:policyName/{name}", _ARN
    ),
    "AWS::AppFlow::Flow": Recorded("FlowName", "{name}", "flow/{name}", {"FlowArn": "{arn}"}),
    "AWS::AppFlow::ConnectorProfile": Recorded(
        "ConnectorProfileName",
        "{name}",
        "connectorprofile/{name}",
        {"ConnectorProfileArn": "{arn}", "CredentialsArn": "{arn}/credentials"},
    ),
    "AWS::Athena::DataCatalog": Recorded(),
    "AWS::Athena::PreparedStatement": Recorded("StatementName"),
    "AWS::Backup::BackupSelection": _by_id({"Id": "{id}", "SelectionId": "{id}", "BackupPlanId": "{id}"}),
    "AWS::Budgets::Budget": _by_id(),
    "AWS::CE::AnomalyMonitor": Recorded("MonitorName", "{arn}", "anomalymonitor/{id}", {"MonitorArn": "{arn}"}),
    "AWS::CE::AnomalySubscription": Recorded(
        "SubscriptionName", "{arn}", "anomalysubscription/{id}", {"SubscriptionArn": "{arn}", "AccountId": "{account}"}
    ),
    "AWS::CloudTrail::Trail": Recorded("TrailName", "{name}", "trail/{name}", {"Arn": "{arn}", "SnsTopicArn": ""}),
    "AWS::CloudWatch::AnomalyDetector": _by_id(),
    "AWS::CloudWatch::CompositeAlarm": Recorded("AlarmName", "{name}", "alarm:{name}", _ARN),
    "AWS::Connect::Instance": Recorded("InstanceAlias", "{arn}", "instance/{id}", {"Arn": "{arn}", "Id": "{id}"}),
    "AWS::CustomerProfiles::Domain": Recorded("DomainName"),
    "AWS::CustomerProfiles::Integration": Recorded("Uri"),
    "AWS::DMS::Endpoint": Recorded(
        "EndpointIdentifier", "{arn}", "endpoint:{id}", {"EndpointArn": "{arn}", "ExternalId": "{id}"}
    ),
    "AWS::DMS::ReplicationConfig": Recorded(
        "ReplicationConfigIdentifier", "{arn}", "replication-config:{id}", {"ReplicationConfigArn": "{arn}"}
    ),
    "AWS::DMS::ReplicationInstance": Recorded(
        "ReplicationInstanceIdentifier", "{arn}", "rep:{id}", {"ReplicationInstancePrivateIpAddresses": "127.0.0.1"}
    ),
    "AWS::DMS::ReplicationSubnetGroup": Recorded("ReplicationSubnetGroupIdentifier"),
    "AWS::DMS::ReplicationTask": Recorded(
        "ReplicationTaskIdentifier", "{arn}", "task:{id}", {"ReplicationTaskArn": "{arn}"}
    ),
    "AWS::DataBrew::Dataset": Recorded(),
    "AWS::DataBrew::Job": Recorded(),
    "AWS::DataBrew::Project": Recorded(),
    "AWS::DataBrew::Recipe": Recorded(),
    "AWS::DataBrew::Ruleset": Recorded(),
    "AWS::DataBrew::Schedule": Recorded(),
    "AWS::EC2::EIP": Recorded("", "127.0.0.1", "eip/{id}", {"AllocationId": "eipalloc-{id}", "PublicIp": "127.0.0.1"}),
    "AWS::EC2::FlowLog": _by_id(),
    "AWS::EC2::NatGateway": Recorded(
        "", "nat-{id}", "natgateway/nat-{id}", {"NatGatewayId": "nat-{id}", "EniId": "eni-{id}"}
    ),
    "AWS::EC2::SecurityGroupEgress": _by_id(),
    "AWS::EC2::SecurityGroupIngress": _by_id(),
    "AWS::EMR::Cluster": _by_id({"Id": "{id}", "MasterPublicDNS": "{host}"}),
    "AWS::EMR::SecurityConfiguration": Recorded(),
    "AWS::EMRServerless::Application": Recorded(
        "Name", "{id}", "/applications/{id}", {"ApplicationId": "{id}", "Arn": "{arn}"}
    ),
    "AWS::EntityResolution::MatchingWorkflow": Recorded(
        "WorkflowName", "{name}", "matchingworkflow/{name}", {"WorkflowArn": "{arn}"}
    ),
    "AWS::EntityResolution::SchemaMapping": Recorded(
        "SchemaName", "{name}", "schemamapping/{name}", {"SchemaArn": "{arn}"}
    ),
    "AWS::Glue::Classifier": Recorded(""),
    "AWS::Glue::DataCatalogEncryptionSettings": Recorded("", "{account}"),
    "AWS::Glue::DataQualityRuleset": Recorded(),
    "AWS::Glue::Registry": Recorded("Name", "{arn}", "registry/{name}", _ARN),
    "AWS::Glue::Schema": Recorded("Name", "{arn}", "schema/{name}", {"Arn": "{arn}", "InitialSchemaVersionId": "{id}"}),
    "AWS::Glue::SecurityConfiguration": Recorded(),
    "AWS::Glue::Workflow": Recorded(),
    "AWS::GreengrassV2::ComponentVersion": Recorded(
        "",
        "{arn}",
        "components:{name}:versions:1.0.0",
        {"Arn": "{arn}", "ComponentName": "{name}", "ComponentVersion": "1.0.0"},
    ),
    "AWS::GreengrassV2::Deployment": _by_id({"DeploymentId": "{id}"}),
    "AWS::GuardDuty::Detector": _by_id(),
    "AWS::IoTSiteWise::Asset": _by_id({"AssetId": "{id}", "AssetArn": "{arn}"}),
    "AWS::IoTSiteWise::AssetModel": _by_id({"AssetModelId": "{id}", "AssetModelArn": "{arn}"}),
    "AWS::IoTSiteWise::Gateway": _by_id({"GatewayId": "{id}"}),
    "AWS::Kinesis::StreamConsumer": Recorded(
        "ConsumerName", "{arn}", "stream/consumer/{name}:1", {"ConsumerARN": "{arn}", "ConsumerStatus": "ACTIVE"}
    ),
    "AWS::LakeFormation::DataCellsFilter": Recorded(),
    "AWS::LakeFormation::DataLakeSettings": _by_id(),
    "AWS::LakeFormation::Permissions": _by_id(),
    "AWS::LakeFormation::PrincipalPermissions": _by_id({"PrincipalIdentifier": "{id}", "ResourceIdentifier": "{id}"}),
    "AWS::LakeFormation::Resource": _by_id(),
    "AWS::LakeFormation::Tag": Recorded("TagKey"),
    "AWS::LakeFormation::TagAssociation": _by_id({"ResourceIdentifier": "{id}", "TagsIdentifier": "{id}"}),
    "AWS::Logs::QueryDefinition": _by_id({"QueryDefinitionId": "{id}"}),
    "AWS::MSK::Cluster": Recorded(
        "ClusterName", "{arn}", "cluster/{name}/{id}", {"Arn": "{arn}", "CurrentVersion": "1"}
    ),
    "AWS::MSK::ClusterPolicy": Recorded("ClusterArn", attributes={"CurrentVersion": "1"}),
    "AWS::MSK::Configuration": Recorded(
        "Name", "{arn}", "configuration/{name}/{id}", {"Arn": "{arn}", "LatestRevision.Revision": "1"}
    ),
    "AWS::MSK::ServerlessCluster": Recorded("ClusterName", "{arn}", "cluster/{name}/{id}", _ARN),
    "AWS::Neptune::DBCluster": Recorded(
        "DBClusterIdentifier",
        attributes={"ClusterResourceId": "{id}", "Endpoint": "{host}", "Port": "8182", "ReadEndpoint": "{host}"},
    ),
    "AWS::Neptune::DBClusterParameterGroup": Recorded(),
    "AWS::Neptune::DBInstance": Recorded("DBInstanceIdentifier", attributes={"Endpoint": "{host}", "Port": "8182"}),
    "AWS::Neptune::DBParameterGroup": Recorded(),
    "AWS::Neptune::DBSubnetGroup": Recorded("DBSubnetGroupName"),
    "AWS::NeptuneGraph::Graph": Recorded(
        "GraphName", "g-{id}", "graph/g-{id}", {"GraphId": "g-{id}", "GraphArn": "{arn}", "Endpoint": "{host}"}
    ),
    "AWS::OpenSearchServerless::AccessPolicy": Recorded(),
    "AWS::OpenSearchServerless::Collection": Recorded(
        "Name",
        "{id}",
        "collection/{id}",
        {
            "Id": "{id}",
            "Arn": "{arn}",
            "CollectionEndpoint": "https://{host}",
            "DashboardEndpoint": "https://{host}/_dashboards",
        },
    ),
    "AWS::OpenSearchServerless::LifecyclePolicy": Recorded(),
    "AWS::OpenSearchServerless::SecurityPolicy": Recorded(),
    "AWS::OpenSearchServerless::VpcEndpoint": _by_id(),
    "AWS::Pinpoint::App": Recorded("Name", "{id}", "apps/{id}", {"Arn": "{arn}"}),
    "AWS::Pinpoint::APNSChannel": _by_id(),
    "AWS::Pinpoint::EmailChannel": _by_id(),
    "AWS::Pinpoint::EventStream": _by_id(),
    "AWS::Pinpoint::GCMChannel": _by_id(),
    "AWS::Pinpoint::SMSChannel": _by_id(),
    "AWS::QuickSight::Analysis": Recorded("AnalysisId", "{account}|{name}", "analysis/{name}", _ARN),
    "AWS::QuickSight::Dashboard": Recorded("DashboardId", "{account}|{name}", "dashboard/{name}", _ARN),
    "AWS::QuickSight::DataSet": Recorded("DataSetId", "{account}|{name}", "dataset/{name}", _ARN),
    "AWS::QuickSight::DataSource": Recorded("DataSourceId", "{account}|{name}", "datasource/{name}", _ARN),
    "AWS::QuickSight::Template": Recorded("TemplateId", "{account}|{name}", "template/{name}", _ARN),
    "AWS::Redshift::Cluster": Recorded(
        "ClusterIdentifier",
        arn="namespace:{id}",
        attributes={"Endpoint.Address": "{host}", "Endpoint.Port": "5439", "ClusterNamespaceArn": "{arn}"},
    ),
    "AWS::Redshift::ClusterParameterGroup": Recorded("ParameterGroupName"),
    "AWS::Redshift::ClusterSubnetGroup": Recorded(
        "ClusterSubnetGroupName", attributes={"ClusterSubnetGroupName": "{name}"}
    ),
    "AWS::RedshiftServerless::Namespace": Recorded(
        "NamespaceName",
        arn="namespace/{id}",
        attributes={
            "Namespace.NamespaceArn": "{arn}",
            "Namespace.NamespaceId": "{id}",
            "Namespace.NamespaceName": "{name}",
            "Namespace.Status": "AVAILABLE",
        },
    ),
    "AWS::RedshiftServerless::Workgroup": Recorded(
        "WorkgroupName",
        arn="workgroup/{id}",
        attributes={
            "Workgroup.WorkgroupArn": "{arn}",
            "Workgroup.WorkgroupId": "{id}",
            "Workgroup.WorkgroupName": "{name}",
            "Workgroup.Endpoint.Address": "{host}",
            "Workgroup.Endpoint.Port": "5439",
            "Workgroup.Status": "AVAILABLE",
        },
    ),
    "AWS::ResourceGroups::Group": Recorded("Name", "{name}", "group/{name}", _ARN),
    "AWS::SES::ContactList": Recorded("ContactListName"),
    "AWS::SageMaker::FeatureGroup": Recorded("FeatureGroupName", attributes={"FeatureGroupStatus": "Created"}),
    "AWS::SageMaker::ModelPackageGroup": Recorded(
        "ModelPackageGroupName", "{arn}", "model-package-group/{name}", {"ModelPackageGroupArn": "{arn}"}
    ),
    "AWS::SecretsManager::RotationSchedule": _by_id(),
    "AWS::Timestream::Database": Recorded("DatabaseName", "{name}", "database/{name}", _ARN),
    "AWS::Timestream::Table": Recorded(
        "TableName", "{name}", "database/any/table/{name}", {"Arn": "{arn}", "Name": "{name}"}
    ),
}
