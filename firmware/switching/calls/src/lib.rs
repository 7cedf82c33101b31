//! Calls: legs, bridges, hold, transfer, three-way, park.
