//! The AsyncAPI 3.0 document of what Counterfoil publishes, with the AMQP 0-9-1 binding 0.3.0.

use crate::event::CONTENT_TYPE;
use crate::name::EventName;
use crate::schema::pretty;
use counterfoil_model::Kind;
use serde_json::json;

/// The document as JSON. The payload's schema is referred to as `event.v1.schema.json` in the same folder.
pub fn asyncapi() -> String {
    let kinds: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    let names: Vec<_> = EventName::ALL.iter().map(|name| name.name()).collect();
    pretty(&json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Counterfoil events",
            "version": "1.0.0",
            "description": "Every change of every process record, at least once, in order per record. \
                What comes twice carries the same id; a hole in `sequence` means that an event is missing.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {
            "events": {
                "address": "{kind}.{event}.{party}",
                "title": "The topic exchange",
                "parameters": {
                    "kind": {"enum": kinds, "description": "The kind of the record."},
                    "event": {"enum": names, "description": "What happened to it."},
                    "party": {"description": "The owner party, else the assignee party, else `unknown`: \
                        a-z, 0-9, - and _, at most 63 characters."},
                },
                "messages": {"event": {"$ref": "#/components/messages/event"}},
                "bindings": {"amqp": {
                    "is": "routingKey",
                    "exchange": {"name": "counterfoil.events", "type": "topic", "durable": true, "autoDelete": false,
                        "vhost": "/"},
                    "bindingVersion": "0.3.0",
                }},
            },
            "reporting": {
                "address": "counterfoil.reporting",
                "title": "The queue that gets every event",
                "messages": {"event": {"$ref": "#/components/messages/event"}},
                "bindings": {"amqp": {
                    "is": "queue",
                    "queue": {"name": "counterfoil.reporting", "durable": true, "exclusive": false,
                        "autoDelete": false, "vhost": "/"},
                    "bindingVersion": "0.3.0",
                }},
            },
        },
        "operations": {
            "publish": {
                "action": "send",
                "channel": {"$ref": "#/channels/events"},
                "messages": [{"$ref": "#/channels/events/messages/event"}],
                "bindings": {"amqp": {"deliveryMode": 2, "mandatory": true, "bindingVersion": "0.3.0"}},
            },
        },
        "components": {"messages": {"event": {
            "name": "event",
            "title": "One version of one process record",
            "summary": "A CloudEvent 1.0 in structured JSON mode.",
            "contentType": CONTENT_TYPE,
            "payload": {
                "schemaFormat": "application/schema+json;version=2020-12",
                "schema": {"$ref": "./event.v1.schema.json"},
            },
            "bindings": {"amqp": {"messageType": "org.counterfoil.event.v1", "bindingVersion": "0.3.0"}},
        }}},
    }))
}
