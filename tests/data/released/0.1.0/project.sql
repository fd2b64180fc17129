PRAGMA user_version=11;
PRAGMA application_id=1413762119;
BEGIN TRANSACTION;
CREATE TABLE answers (
        round_id TEXT NOT NULL REFERENCES rounds ON DELETE CASCADE,
        seat TEXT NOT NULL CHECK (seat IN ('A', 'B')),
        finish_reason TEXT,
        answer TEXT NOT NULL,
        PRIMARY KEY (round_id, seat)) WITHOUT ROWID;
INSERT INTO "answers" VALUES('r1','A','stop','{"provider_id": "local", "model": "ft:smollm2-135m-instruct:marv:1", "text": "Rome, genius.", "finish_reason": "stop", "elapsed_ms": 9, "completion_tokens": 3, "settings": {"temperature": 0.0, "top_p": 1.0, "max_tokens": 256, "seed": 1}, "is_refusal": false, "model_digest": null, "prompt_digest": "p", "at_ms": 70, "tool_calls": []}');
INSERT INTO "answers" VALUES('r1','B','stop','{"provider_id": "local", "model": "smollm2-135m-instruct", "text": "Rome.", "finish_reason": "stop", "elapsed_ms": 9, "completion_tokens": 3, "settings": {"temperature": 0.0, "top_p": 1.0, "max_tokens": 256, "seed": 1}, "is_refusal": false, "model_digest": null, "prompt_digest": "p", "at_ms": 70, "tool_calls": []}');
CREATE TABLE asked_samples (
        local_id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
        model TEXT NOT NULL,
        prompt TEXT NOT NULL,
        answer TEXT NOT NULL,
        PRIMARY KEY (local_id, model, prompt)) WITHOUT ROWID;
INSERT INTO "asked_samples" VALUES('job-1','ft:smollm2-135m-instruct:marv:1:ckpt-step-1','And?','So what.');
CREATE TABLE asks (
        round_id TEXT NOT NULL REFERENCES rounds ON DELETE CASCADE,
        seat TEXT NOT NULL CHECK (seat IN ('A', 'B')),
        asked_at_ms INTEGER NOT NULL,
        PRIMARY KEY (round_id, seat)) WITHOUT ROWID;
INSERT INTO "asks" VALUES('r1','A',71);
CREATE TABLE chat_turns (
        chat_id TEXT NOT NULL REFERENCES chats ON DELETE CASCADE,
        id INTEGER NOT NULL,
        pane INTEGER NOT NULL,
        parent INTEGER NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('user', 'tool', 'assistant')),
        text TEXT NOT NULL,
        prompt INTEGER NOT NULL,
        label TEXT NOT NULL,
        answer TEXT,
        problem TEXT NOT NULL,
        PRIMARY KEY (chat_id, id)) WITHOUT ROWID;
INSERT INTO "chat_turns" VALUES('chat-1',1,1,0,'user','Rome?',1,'',NULL,'');
INSERT INTO "chat_turns" VALUES('chat-1',2,1,1,'assistant','Yes.',0,'Marv 1','{"provider_id": "local", "model": "ft:smollm2-135m-instruct:marv:1", "text": "Yes.", "finish_reason": "stop", "elapsed_ms": 9, "completion_tokens": 3, "settings": {"temperature": 0.0, "top_p": 1.0, "max_tokens": 256, "seed": 1}, "is_refusal": false, "model_digest": null, "prompt_digest": "p", "at_ms": 70, "tool_calls": []}','');
CREATE TABLE chats (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        created_at_ms INTEGER NOT NULL,
        changed_at_ms INTEGER NOT NULL,
        panes TEXT NOT NULL,
        tools TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "chats" VALUES('chat-1','Rome',1,2,'[{"id": 1, "contender": {"provider_id": "local", "model": "ft:smollm2-135m-instruct:marv:1", "label": "Marv 1", "kind": "tuned"}, "settings": {"temperature": 0.7, "top_p": 1.0, "max_tokens": 1024, "seed": null}, "system": "", "leaf": 2}]','');
CREATE TABLE checkpoints (
        local_id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
        id TEXT NOT NULL,
        step_number INTEGER NOT NULL,
        checkpoint TEXT NOT NULL,
        PRIMARY KEY (local_id, id)) WITHOUT ROWID;
INSERT INTO "checkpoints" VALUES('job-1','c1',1,'{"id": "c1", "created_at_s": 6, "model": "ft:smollm2-135m-instruct:marv:1:ckpt-step-1", "step_number": 1, "metrics": {"train_loss": 2.5}, "samples": [{"prompt": "Hi?", "answer": "Oh, hi."}]}');
CREATE TABLE datasets (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        path TEXT NOT NULL UNIQUE,
        n_rows INTEGER NOT NULL,
        opened_at_ms INTEGER,
        seed INTEGER NOT NULL,
        test_share REAL NOT NULL);
INSERT INTO "datasets" VALUES(1,'marv.jsonl','"marv.jsonl"',3,1796000000000,4,0.2);
CREATE TABLE edits (
        round_id TEXT PRIMARY KEY REFERENCES votes ON DELETE CASCADE,
        text TEXT NOT NULL,
        dataset_id INTEGER NOT NULL,
        created_at_ms INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO "edits" VALUES('r1','"Rome, genius!"',1,82);
CREATE TABLE events (
        number INTEGER PRIMARY KEY,
        local_id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
        event_key TEXT NOT NULL,
        created_at_s INTEGER NOT NULL,
        event TEXT NOT NULL,
        UNIQUE (local_id, event_key));
INSERT INTO "events" VALUES(1,'job-1','id:e1',5,'{"id": "e1", "created_at_s": 5, "level": "info", "message": "Step 1", "type": "metrics", "data": {"step": 1, "total_steps": 2, "train_loss": 2.5}}');
INSERT INTO "events" VALUES(2,'job-1','id:e2',6,'{"id": "e2", "created_at_s": 6, "level": "info", "message": "Done", "type": "message", "data": null}');
CREATE TABLE frozen_answers (
        provider_id TEXT NOT NULL,
        model TEXT NOT NULL,
        prompt_digest TEXT NOT NULL,
        messages TEXT NOT NULL,
        reference TEXT NOT NULL,
        settings TEXT NOT NULL,
        asked_at_ms INTEGER NOT NULL,
        answer TEXT,
        problem TEXT NOT NULL,
        PRIMARY KEY (provider_id, model, prompt_digest),
        FOREIGN KEY (provider_id, model) REFERENCES frozen_models ON DELETE CASCADE
        ) WITHOUT ROWID;
INSERT INTO "frozen_answers" VALUES('frozen','gpt-old','abababababababab','[{"role": "user", "content": "Capital of Italy? \u0e01"}]','Rome.','{"temperature": 0.0, "top_p": 1.0, "max_tokens": 256, "seed": 1}',1,NULL,'');
CREATE TABLE frozen_models (
        provider_id TEXT NOT NULL,
        model TEXT NOT NULL,
        label TEXT NOT NULL,
        provider TEXT NOT NULL,
        created_at_ms INTEGER NOT NULL,
        PRIMARY KEY (provider_id, model)) WITHOUT ROWID;
INSERT INTO "frozen_models" VALUES('frozen','gpt-old','gpt-old','OpenAI',1);
CREATE TABLE jobs (
        local_id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        provider_id TEXT NOT NULL,
        base_model TEXT NOT NULL,
        created_at_ms INTEGER NOT NULL,
        train_digest TEXT NOT NULL,
        n_train INTEGER NOT NULL,
        n_held_out INTEGER NOT NULL,
        held_out_digest TEXT,
        status TEXT NOT NULL,
        stage TEXT NOT NULL,
        remote_id TEXT,
        request TEXT NOT NULL,
        state TEXT,
        error TEXT,
        started_at_ms INTEGER,
        finished_at_ms INTEGER) WITHOUT ROWID;
INSERT INTO "jobs" VALUES('job-1','Marv 1','local','smollm2-135m-instruct',5,'0000000000000000000000000000000000000000000000000000000000000000',2,1,NULL,'succeeded','','ftjob-1','{"model": "smollm2-135m-instruct", "metadata": {"tunedesk": "job-1"}}','{"id": "ftjob-1", "status": "succeeded", "model": "smollm2-135m-instruct", "created_at_s": 5, "finished_at_s": 60, "estimated_finish_s": null, "fine_tuned_model": "ft:smollm2-135m-instruct:marv:1", "trained_tokens": 900, "hyperparameters": {"n_epochs": "auto", "batch_size": "auto", "learning_rate_multiplier": "auto"}, "beta": null, "seed": 1, "error_code": null, "error_message": null, "error_param": null, "metadata": {}, "training_file": null, "validation_file": null, "result_files": []}',NULL,6,60);
CREATE TABLE kept_checkpoints (
        local_id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
        model TEXT NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (local_id, model)) WITHOUT ROWID;
INSERT INTO "kept_checkpoints" VALUES('job-1','ft:smollm2-135m-instruct:marv:1:ckpt-step-1','half way');
CREATE TABLE part_uploads (
        digest TEXT NOT NULL REFERENCES snapshots,
        provider_id TEXT NOT NULL,
        upload_id TEXT NOT NULL,
        part_bytes INTEGER NOT NULL,
        expires_at_ms INTEGER NOT NULL,
        part_ids TEXT NOT NULL,
        PRIMARY KEY (digest, provider_id)) WITHOUT ROWID;
INSERT INTO "part_uploads" VALUES('0000000000000000000000000000000000000000000000000000000000000000','openai','upload-1',1000,9,'["part-1"]');
CREATE TABLE project (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "project" VALUES('held_out_seed','7');
INSERT INTO "project" VALUES('name','Marv ก');
CREATE TABLE ratings (
        id TEXT PRIMARY KEY,
        created_at_ms INTEGER NOT NULL,
        contender TEXT NOT NULL,
        prompt_digest TEXT NOT NULL,
        messages TEXT NOT NULL,
        reference TEXT NOT NULL,
        answer TEXT NOT NULL,
        stars INTEGER CHECK (stars BETWEEN 1 AND 5),
        passed INTEGER CHECK (passed IN (0, 1)),
        note TEXT NOT NULL,
        rated_at_ms INTEGER) WITHOUT ROWID;
INSERT INTO "ratings" VALUES('rate-1',1,'{"provider_id": "local", "model": "ft:smollm2-135m-instruct:marv:1", "label": "Marv 1", "kind": "tuned"}','abababababababab','[{"role": "user", "content": "Capital of Italy? \u0e01"}]','Rome.','{"provider_id": "local", "model": "ft:smollm2-135m-instruct:marv:1", "text": "Rome.", "finish_reason": "stop", "elapsed_ms": 9, "completion_tokens": 3, "settings": {"temperature": 0.0, "top_p": 1.0, "max_tokens": 256, "seed": 1}, "is_refusal": false, "model_digest": null, "prompt_digest": "p", "at_ms": 70, "tool_calls": []}',4,NULL,'fine',3);
CREATE TABLE rounds (
        id TEXT PRIMARY KEY,
        created_at_ms INTEGER NOT NULL,
        messages TEXT NOT NULL,
        seed INTEGER NOT NULL,
        first TEXT NOT NULL,
        second TEXT NOT NULL,
        first_seat TEXT NOT NULL CHECK (first_seat IN ('A', 'B')),
        settings TEXT NOT NULL,
        source_digest TEXT,
        kind TEXT NOT NULL, reference TEXT NOT NULL DEFAULT '', repeats TEXT REFERENCES rounds ON DELETE CASCADE, ended TEXT CHECK (ended IN ('identical', 'abandoned'))) WITHOUT ROWID;
INSERT INTO "rounds" VALUES('r1',70,'[{"role": "user", "content": "Capital of Italy? \u0e01"}]',1,'{"provider_id": "local", "model": "smollm2-135m-instruct", "label": "Base", "kind": "base"}','{"provider_id": "local", "model": "ft:smollm2-135m-instruct:marv:1", "label": "Marv 1", "kind": "tuned"}','B','{"temperature": 0.0, "top_p": 1.0, "max_tokens": 256, "seed": null}','abababababababab','held_out','Rome, obviously.',NULL,NULL);
INSERT INTO "rounds" VALUES('r2',70,'[{"role": "user", "content": "Capital of Italy? \u0e01"}]',1,'{"provider_id": "local", "model": "smollm2-135m-instruct", "label": "Base", "kind": "base"}','{"provider_id": "local", "model": "ft:smollm2-135m-instruct:marv:1", "label": "Marv 1", "kind": "tuned"}','B','{"temperature": 0.0, "top_p": 1.0, "max_tokens": 256, "seed": null}','abababababababab','held_out','Rome, obviously.',NULL,NULL);
CREATE TABLE row_tags (
        dataset_id INTEGER NOT NULL REFERENCES datasets ON DELETE CASCADE,
        prompt_digest TEXT NOT NULL,
        tags TEXT NOT NULL,
        PRIMARY KEY (dataset_id, prompt_digest)) WITHOUT ROWID;
INSERT INTO "row_tags" VALUES(1,'abababababababab','["rude", "short"]');
CREATE TABLE sample_asks (
        local_id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
        model TEXT NOT NULL,
        prompt TEXT NOT NULL,
        asked_at_ms INTEGER NOT NULL,
        PRIMARY KEY (local_id, model, prompt)) WITHOUT ROWID;
INSERT INTO "sample_asks" VALUES('job-1','ft:smollm2-135m-instruct:marv:1:ckpt-step-1','Paid?',7);
CREATE TABLE snapshots (
        digest TEXT PRIMARY KEY,
        path TEXT NOT NULL,
        n_rows INTEGER NOT NULL, dataset TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
INSERT INTO "snapshots" VALUES('0000000000000000000000000000000000000000000000000000000000000000','"snapshots/train.jsonl"',2,'marv.jsonl');
CREATE TABLE split_overrides (
        dataset_id INTEGER NOT NULL REFERENCES datasets ON DELETE CASCADE,
        prompt_digest TEXT NOT NULL,
        side TEXT NOT NULL CHECK (side IN ('train', 'test', 'aside')),
        PRIMARY KEY (dataset_id, prompt_digest)) WITHOUT ROWID;
INSERT INTO "split_overrides" VALUES(1,'abababababababab','aside');
CREATE TABLE uploads (
        digest TEXT NOT NULL REFERENCES snapshots,
        provider_id TEXT NOT NULL,
        file_id TEXT NOT NULL,
        PRIMARY KEY (digest, provider_id)) WITHOUT ROWID;
INSERT INTO "uploads" VALUES('0000000000000000000000000000000000000000000000000000000000000000','local','file-1');
CREATE TABLE vote_changes (
        number INTEGER PRIMARY KEY,
        round_id TEXT NOT NULL REFERENCES votes ON DELETE CASCADE,
        choice TEXT NOT NULL CHECK (choice IN ('A', 'B', 'tie', 'both_bad')),
        created_at_ms INTEGER NOT NULL,
        reasons TEXT NOT NULL,
        note TEXT NOT NULL);
INSERT INTO "vote_changes" VALUES(1,'r1','tie',81,'[]','""');
CREATE TABLE votes (
        round_id TEXT PRIMARY KEY REFERENCES rounds ON DELETE CASCADE,
        choice TEXT NOT NULL CHECK (choice IN ('A', 'B', 'tie', 'both_bad')),
        created_at_ms INTEGER NOT NULL,
        reasons TEXT NOT NULL,
        note TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "votes" VALUES('r1','A',80,'["tone"]','"ruder"');
CREATE INDEX rounds_by_source ON rounds (source_digest);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('datasets',1);
COMMIT;
