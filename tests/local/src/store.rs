//! An embedded DynamoDB (dynoxide) with the tables of the template. It has its own port, so other
//! tools can use it too.

use std::path::{Path, PathBuf};

use aws_sdk_dynamodb::{
    Client,
    config::{Credentials, Region},
    error::BuildError,
    types::{
        AttributeDefinition, BillingMode, CreateGlobalSecondaryIndexAction, GlobalSecondaryIndex,
        GlobalSecondaryIndexUpdate, KeySchemaElement, KeyType, Projection, ProjectionType,
        ScalarAttributeType, StreamSpecification,
    },
};
use dynoxide::{Database, actions::list_tables::ListTablesRequest};
use shared::{
    domain::time::UnixMillis,
    store::{TrustedRoots, connect, environment},
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::{
    Error,
    template::{Index, Table, Template},
};

/// The file with the tables, in the data folder.
const FILE: &str = "dynamodb.sqlite";

/// Where the data are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// Nowhere: they are gone at the end.
    Memory,
    Folder(PathBuf),
}

/// A running store. [`Served::stop`] ends it.
pub struct Served {
    pub port: u16,
    /// Direct access to the same data, without HTTP.
    pub database: Database,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), String>>,
}

impl Served {
    /// Opens the data and serves them on `port`. 0 picks a free port.
    pub async fn start(data: &Data, port: u16) -> Result<Self, Error> {
        Self::of(open(data)?, port).await
    }

    /// Serves data that are already open.
    pub async fn of(database: Database, port: u16) -> Result<Self, Error> {
        let listener =
            TcpListener::bind(("127.0.0.1", port)).await.map_err(|source| Error::Port { port, source })?;
        let port = listener.local_addr().map_err(|source| Error::Port { port, source })?.port();
        let (stop, stopped) = oneshot::channel();
        let serving =
            tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database.clone(), async move {
                let _ = stopped.await;
            }));
        Ok(Self { port, database, stop, serving })
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Waits for running calls and closes the data.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.serving.await;
    }
}

/// Moves a data folder without the table `events` away, because its payments have no events. Returns
/// its new name, or `None` if there is nothing to move.
pub fn move_old_data(data: &Data, now: UnixMillis) -> Result<Option<PathBuf>, Error> {
    let Data::Folder(folder) = data else { return Ok(None) };
    if !folder.join(FILE).exists() {
        return Ok(None);
    }
    let tables = {
        let request = ListTablesRequest::default();
        open(data)?.list_tables(request).map_err(|error| Error::Store(error.to_string()))?.table_names
    };
    if tables.is_empty() || tables.iter().any(|table| table == "events") {
        return Ok(None);
    }
    let mut old = folder.clone().into_os_string();
    old.push(format!(".old-{}", now.in_tashkent().format("%Y%m%d-%H%M%S")));
    std::fs::rename(folder, &old)
        .map_err(|source| Error::OldData { folder: folder.display().to_string(), source })?;
    Ok(Some(old.into()))
}

fn open(data: &Data) -> Result<Database, Error> {
    match data {
        Data::Memory => Database::memory().map_err(|error| Error::Store(error.to_string())),
        Data::Folder(folder) => {
            let name = |path: &Path| path.display().to_string();
            std::fs::create_dir_all(folder)
                .map_err(|source| Error::DataFolder { folder: name(folder), source })?;
            let file = folder.join(FILE);
            // The library's own error text is for programmers who call it.
            Database::new(&file.to_string_lossy()).map_err(|_| Error::DataFile { file: name(&file) })
        }
    }
}

/// Creates the same client as the functions use, for `endpoint`. A local store accepts any
/// credentials.
pub async fn client(endpoint: &str) -> Client {
    let credentials = Credentials::new("local", "local", None, None, "local");
    connect(
        environment(TrustedRoots::amazon())
            .endpoint_url(endpoint)
            .region(Region::new("eu-central-1"))
            .credentials_provider(credentials),
    )
    .await
}

/// Creates the tables and indexes of the template that do not exist yet. A data folder of an earlier
/// version lacks some.
///
/// With `streams`, tables get the streams of the template, too.
pub async fn create_tables(client: &Client, template: &Template, streams: bool) -> Result<(), Error> {
    let known = client.list_tables().send().await.map_err(|error| Error::Store(format!("{error:?}")))?;
    let known = known.table_names.unwrap_or_default();
    for table in template.tables() {
        let stream = table.stream.clone().filter(|_| streams).map(|view| (table.name.clone(), view));
        let created = if known.contains(&table.name) {
            create_indexes(client, table).await
        } else {
            create_table(client, table).await
        };
        let created = match (created, stream) {
            (Ok(()), Some((table, view))) => create_stream(client, &table, &view).await,
            (created, _) => created,
        };
        created.map_err(|error| Error::Store(format!("{error:?}")))?;
    }
    Ok(())
}

async fn create_indexes(client: &Client, table: Table) -> Result<(), aws_sdk_dynamodb::Error> {
    let described = client.describe_table().table_name(&table.name).send().await?.table;
    let known = described.and_then(|table| table.global_secondary_indexes).unwrap_or_default();
    let is_known = |index: &Index| known.iter().any(|one| one.index_name.as_ref() == Some(&index.name));
    for missing in table.indexes.iter().filter(|index| !is_known(index)) {
        let index = index(missing)?;
        let create = CreateGlobalSecondaryIndexAction::builder()
            .index_name(index.index_name)
            .set_key_schema(Some(index.key_schema))
            .set_projection(index.projection)
            .build()?;
        client
            .update_table()
            .table_name(&table.name)
            .set_attribute_definitions(Some(attributes(&table)?))
            .global_secondary_index_updates(GlobalSecondaryIndexUpdate::builder().create(create).build())
            .send()
            .await?;
    }
    Ok(())
}

/// Gives the table its stream if it has none.
async fn create_stream(client: &Client, table: &str, view: &str) -> Result<(), aws_sdk_dynamodb::Error> {
    let described = client.describe_table().table_name(table).send().await?.table;
    if described.is_some_and(|table| table.stream_specification.is_some_and(|stream| stream.stream_enabled)) {
        return Ok(());
    }
    let stream = StreamSpecification::builder().stream_enabled(true).stream_view_type(view.into()).build()?;
    client.update_table().table_name(table).stream_specification(stream).send().await?;
    Ok(())
}

fn attributes(table: &Table) -> Result<Vec<AttributeDefinition>, BuildError> {
    let attributes = table.attributes.iter().map(|(name, kind)| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::from(kind.as_str()))
            .build()
    });
    attributes.collect()
}

async fn create_table(client: &Client, table: Table) -> Result<(), aws_sdk_dynamodb::Error> {
    let attributes = attributes(&table)?;
    let indexes = table.indexes.iter().map(index).collect::<Result<Vec<_>, _>>()?;
    client
        .create_table()
        .table_name(table.name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes))
        .set_key_schema(Some(key(&table.key)?))
        .set_global_secondary_indexes((!indexes.is_empty()).then_some(indexes))
        .send()
        .await?;
    Ok(())
}

fn index(index: &Index) -> Result<GlobalSecondaryIndex, BuildError> {
    let projected = (!index.projected.is_empty()).then(|| index.projected.clone());
    let projection = Projection::builder().projection_type(ProjectionType::from(index.projection.as_str()));
    GlobalSecondaryIndex::builder()
        .index_name(&index.name)
        .set_key_schema(Some(key(&index.key)?))
        .projection(projection.set_non_key_attributes(projected).build())
        .build()
}

fn key(key: &[(String, String)]) -> Result<Vec<KeySchemaElement>, BuildError> {
    let element = |(name, kind): &(String, String)| {
        KeySchemaElement::builder().attribute_name(name).key_type(KeyType::from(kind.as_str())).build()
    };
    key.iter().map(element).collect()
}
