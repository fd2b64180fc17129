"""The New fine-tune page: where, what and how, checked live before anything is sent or spent."""
