"""What an engine of ours says of a job, and OpenAI in the same words: events and failures, told in
the window's language by their English."""

from __future__ import annotations

JOB_PHRASES = {
    "created": "Created fine-tuning job: {id}",
    "validating": "Validating training file: {id}",
    "validating_both": "Validating training file: {id} and validation file: {id2}",
    "queued": "Files validated, moving job to queued state",
    "queued_behind": "Files validated, moving job to queued state; {n} jobs are ahead of it",
    "queued_behind_one": "Files validated, moving job to queued state; {n} job is ahead of it",
    "started": "Fine-tuning job started",
    "plan": "{n} examples, {epochs} epochs of batches of {size}: {steps} steps",
    "likelihood": "This model was not tuned before: the likelihood of the preferred answers is "
    "added to the loss, since preferences alone make such a model collapse",
    "elsewhere": "Training begins when each other machine runs: {command}",
    "step": "Step {step}/{total}: training loss={loss}",
    "step_held_out": "Step {step}/{total}: training loss={loss}, full validation loss={held_out}",
    "step_valid": "Step {step}/{total}: training loss={loss}, validation loss={held_out}",
    "step_0": "Step 0/{total}: full validation loss={held_out}",
    "samples_0": "Sample answers before training: {n}",
    "samples_off": "No more sample answers are asked for: one took {n} s on this machine",
    "checkpoint": "Checkpoint created at step {step} with Snapshot ID: {id}",
    "chosen": "The model is the checkpoint of step {step} (epoch {epoch} of {epochs}): its "
    "held-out loss {loss} is the lowest",
    "model": "New fine-tuned model created: {id}",
    "succeeded": "The job has successfully completed",
    "cancelled": "The job was cancelled",
    "pausing": "The job is being paused: it saves its work at the next step",
    "paused": "The job is paused; its memory is free",
    "resumed": "The job goes on",
    "resumed_behind": "The job goes on; {n} jobs are ahead of it",
    "resumed_behind_one": "The job goes on; {n} job is ahead of it",
    "put_back": "The engine stopped while this job was running; it goes on from its last "
    "checkpoint",
    "no_results": "The file of results could not be written: {error}. The events hold the same",
    "cut": "Example {n} of {file} is {lost} tokens over the limit of {limit}; its end was cut, "
    "{targets} tokens to learn are lost",
    "cut_preferred": "Example {n} of {file} with its preferred answer is {lost} tokens over the "
    "limit of {limit}; its end was cut, {targets} tokens to learn are lost",
    "cut_other": "Example {n} of {file} with its non-preferred answer is {lost} tokens over the "
    "limit of {limit}; its end was cut, {targets} tokens to learn are lost",
    "cut_more": "{n} more examples of {file} were cut",
    "left_out": "Example {n} of {file} has nothing to learn and is left out",
    "left_out_answer": "Example {n} of {file} has an answer with nothing to learn and is left out",
    "left_out_same": "Example {n} of {file} has two answers that are the same up to the limit and "
    "is left out",
    "left_out_more": "{n} more examples of {file} are left out",
    "typed": "Special tokens are typed out in example {named} of {file} ({tokens}); they are "
    "trained as plain text",
    "wandb_missing": "The integration with Weights & Biases is stored with the job, but nothing is "
    "sent: the package wandb is not installed where the engine runs",
    "wandb_off": "Nothing more is sent to Weights & Biases: {error}",
    "restart": "The training process {how}; it goes on from the last checkpoint",
    "restart_smaller": "The training process {how}; it goes on from the last checkpoint, with "
    "parts of {n} tokens, which take less memory",
    "died": "The training process {how}, {n} times.",
    "no_memory": "There was not enough memory for this training.",
    "no_space": "The disk is full: a checkpoint could not be written. The last one is intact. Free "
    "some space and start the job again.",
    "no_space_to_begin": "The disk is full. Free some space and start the job again.",
    "no_space_to_go_on": "The disk is full: training cannot go on. The last checkpoint is intact.",
    "disk": "The disk did not do its work: {error}",
    "file_gone": "A file of this job is gone: {error}",
    "file_unreadable": "The job's copy of its file cannot be read: {error}",
    "no_number": "The loss stopped being a number at step {step} of {total}. A smaller "
    "learning_rate_multiplier usually helps.",
    "nothing_to_learn": "No example has anything to learn.",
    "base_gone": "The model to start from is gone: there is no folder {folder}",
    "stopped": "Training stopped: {error}",
    "bad_train_form": "The job failed due to a file format error in the training file. Invalid "
    "file format. {cause}",
    "bad_test_form": "The job failed due to a file format error in the validation file. Invalid "
    "file format. {cause}",
    "bad_train": "The job failed due to an invalid training file. Invalid file format. {cause}",
    "bad_test": "The job failed due to an invalid validation file. Invalid file format. {cause}",
    "at_message": "Example {n}, message {at}: {what}",
    "at_input": "Example {n}, input message {at}: {what}",
    "at_preferred": "Example {n}, preferred_output message {at}: {what}",
    "at_other": "Example {n}, non_preferred_output message {at}: {what}",
    "at_row": "Example {n}: {what}",
    "no_role": "Example {n}, message {at} Discriminator 'role' is missing in value",
    "no_key": "Example {n} is missing key '{key}'",
    "no_key_in": "Example {n}, message {at} is missing key '{key}'",
    "no_dictionary": "Example {n} is not a dictionary.",
    "extra_key": "Example {n} contains an extra {key}.",
    "extra_key_in": "Example {n}, message {at} contains an extra {key}.",
    "no_json": "Example {n} cannot be parsed. Error: line contains invalid json: {what} "
    "(line {at})",
    "no_text": "Example {n}, message {at} has content of type '{kind}'; this model reads text only",
    "out_of_memory": "was killed by the system: memory ran out",
    "killed": "was killed (often because memory ran out)",
    "signal": "was ended by signal {n}",
    "signal_memory": "was ended by signal {n} (often because memory ran out)",
    "code": "ended with code {n}",
    "few_train": "Training file has {n} example(s), but must have at least {least} examples",
    "few_test": "Validation file has {n} example(s), but must have at least {least} examples",
}
"""By what each is about; a slot is what the engine filled in."""
