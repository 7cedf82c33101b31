//! Queues and agents: who waits, who is offered which call.
