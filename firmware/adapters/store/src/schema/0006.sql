-- Extensions for whose owners messages wait.
CREATE TABLE messages_waiting (
    extension TEXT NOT NULL PRIMARY KEY
);
